"""Where everything is joined: MCP, HTTP, the command line, the worker."""
