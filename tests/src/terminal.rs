//! A pseudo-terminal for programs that behave otherwise before people.

use std::fs::File;
use std::io::Write;
use std::os::fd::OwnedFd;

use anyhow::{Context, Result};
use rustix::fs::{Mode, OFlags};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

/// The key that ends input at the start of a line.
const END_OF_INPUT: u8 = 4;

/// As large as terminals have ever been.
const SIZE: Winsize = Winsize { ws_row: 24, ws_col: 80, ws_xpixel: 0, ws_ypixel: 0 };

/// Opens a terminal: our end, and the end for the program.
///
/// # Errors
/// The system's reason.
pub fn open() -> Result<(File, OwnedFd)> {
    let near = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC)
        .context("opening a terminal")?;
    grantpt(&near)?;
    unlockpt(&near)?;
    let name = ptsname(&near, Vec::new())?;
    let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC;
    let far = rustix::fs::open(name, flags, Mode::empty()).context("opening the terminal's far end")?;
    tcsetwinsize(&far, SIZE)?;
    Ok((File::from(near), far))
}

/// Types whole lines, and then the key that ends input.
///
/// # Errors
/// The system's reason.
pub fn type_lines(mut keyboard: &File, lines: &str) -> Result<()> {
    let mut typed = lines.as_bytes().to_vec();
    typed.push(END_OF_INPUT);
    keyboard.write_all(&typed).context("typing")
}
