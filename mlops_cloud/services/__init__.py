"""One module a resource: validate, check capability, name, call the provider, record, wait."""
