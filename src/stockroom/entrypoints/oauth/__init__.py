"""OAuth 2.1 over HTTP: the SDK's endpoints, with what they leave open closed."""
