//! Prints the CustomResourceDefinition.

fn main() {}
