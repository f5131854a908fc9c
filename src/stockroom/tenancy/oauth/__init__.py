"""OAuth 2.1 as we give it to MCP clients: rules and storage, without a word of HTTP."""
