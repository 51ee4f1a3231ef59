//! Writes the reference of flags into the file that is named, or prints it: `flagsgen [FILE]`.

use std::io::Write;

fn main() -> std::io::Result<()> {
    let text = controller::flag_reference::markdown();
    match std::env::args_os().nth(1) {
        Some(file) => std::fs::write(file, text),
        None => std::io::stdout().write_all(text.as_bytes()),
    }
}
