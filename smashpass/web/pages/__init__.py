"""The swipe pages: HTML, style and modules without a build step; the modules use the API."""
