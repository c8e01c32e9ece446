"""The admin pages: HTML for signed-in people; programs use ``/api/v1/admin``."""
