"""Small programs that use Usher: `python -m examples.NAME`, beside a running Redis such as that of `make run`."""
