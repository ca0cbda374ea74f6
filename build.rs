#![allow(clippy::print_stdout, reason = "a build script talks to cargo on stdout")]
//! Builds again when a built-in form changes: the forms travel inside the program.

fn main() {
    println!("cargo::rerun-if-changed=forms");
    println!("cargo::rerun-if-changed=templates");
    println!("cargo::rerun-if-changed=models");
}
