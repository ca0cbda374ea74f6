//! Reads and checks form.toml.
