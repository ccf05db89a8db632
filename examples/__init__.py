"""The tour: the parts of the course as small programs. README.md leads through them; `-m examples.NAME` runs one."""
