//! Checksums, passwords, ciphers, keys and certificates.

mod aes;
mod base64;
mod certificates;
mod der;
mod hashes;
mod keys;
mod passwords;
mod pem;

use crate::functions::Function;
use crate::value::Type;

pub(crate) const FUNCTIONS: &[Function] = &[
    Function::new("adler32sum", &[Type::String], hashes::adler32sum),
    Function::new("bcrypt", &[Type::String], passwords::bcrypt).unsettled(),
    Function::new("buildCustomCert", &[Type::String, Type::String], certificates::build_custom_cert),
    Function::new("decryptAES", &[Type::String, Type::String], aes::decrypt_aes),
    Function::new(
        "derivePassword",
        &[Type::Uint32, Type::String, Type::String, Type::String, Type::String],
        passwords::derive_password,
    ),
    Function::new("encryptAES", &[Type::String, Type::String], aes::encrypt_aes).unsettled(),
    Function::new("genCA", &[Type::String, Type::Int], certificates::gen_ca).unsettled(),
    Function::new("genCAWithKey", &[Type::String, Type::Int, Type::String], certificates::gen_ca_with_key)
        .unsettled(),
    Function::new("genPrivateKey", &[Type::String], keys::gen_private_key).unsettled(),
    Function::new(
        "genSelfSignedCert",
        &[Type::String, Type::LIST, Type::LIST, Type::Int],
        certificates::gen_self_signed_cert,
    )
    .unsettled(),
    Function::new(
        "genSelfSignedCertWithKey",
        &[Type::String, Type::LIST, Type::LIST, Type::Int, Type::String],
        certificates::gen_self_signed_cert_with_key,
    )
    .unsettled(),
    Function::new(
        "genSignedCert",
        &[Type::String, Type::LIST, Type::LIST, Type::Int, Type::Certificate],
        certificates::gen_signed_cert,
    )
    .unsettled(),
    Function::new(
        "genSignedCertWithKey",
        &[Type::String, Type::LIST, Type::LIST, Type::Int, Type::Certificate, Type::String],
        certificates::gen_signed_cert_with_key,
    )
    .unsettled(),
    Function::new("htpasswd", &[Type::String, Type::String], passwords::htpasswd).unsettled(),
    Function::new("sha1sum", &[Type::String], hashes::sha1sum),
    Function::new("sha256sum", &[Type::String], hashes::sha256sum),
    Function::new("sha512sum", &[Type::String], hashes::sha512sum),
];
