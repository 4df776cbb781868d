"""One pure module per output format: values in, text or bytes out."""
