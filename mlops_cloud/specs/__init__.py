"""What a user asks for: frozen models, one module a resource."""
