//! Checksums, passwords, ciphers, keys and certificates.

pub(crate) mod certificates;

mod aes;
mod base64;
mod hashes;
mod passwords;

use crate::functions::Function;
use crate::value::Type;

pub(crate) const FUNCTIONS: &[Function] = &[
    Function::new("adler32sum", &[Type::String], hashes::adler32sum),
    Function::new("bcrypt", &[Type::String], passwords::bcrypt).unsettled(),
    Function::new("decryptAES", &[Type::String, Type::String], aes::decrypt_aes),
    Function::new(
        "derivePassword",
        &[Type::Uint32, Type::String, Type::String, Type::String, Type::String],
        passwords::derive_password,
    ),
    Function::new("encryptAES", &[Type::String, Type::String], aes::encrypt_aes).unsettled(),
    Function::new("htpasswd", &[Type::String, Type::String], passwords::htpasswd).unsettled(),
    Function::new("sha1sum", &[Type::String], hashes::sha1sum),
    Function::new("sha256sum", &[Type::String], hashes::sha256sum),
    Function::new("sha512sum", &[Type::String], hashes::sha512sum),
];
