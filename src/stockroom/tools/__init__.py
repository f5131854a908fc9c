"""One file is one tool. A tool file holds no MCP."""
