"""The admin pages: HTML for people who are signed in; ``/api/v1/admin`` is for programs."""
