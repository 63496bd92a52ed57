"""The session page in browsers that Playwright does not drive."""
