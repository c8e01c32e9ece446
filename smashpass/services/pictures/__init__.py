"""Which picture files are sent to whom, and what is known of them."""
