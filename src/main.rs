//! uketsuke
fn main() {}
