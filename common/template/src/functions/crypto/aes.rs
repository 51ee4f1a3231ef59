//! AES-256 in CBC mode. The key is the password itself, cut or filled with zeros to 32 bytes; nothing is authenticated.

use aes::Aes256;
use cbc::cipher::block_padding::Pkcs7;
use cbc::cipher::{Block, BlockModeDecrypt as _, BlockModeEncrypt as _, KeyIvInit as _};
use data_encoding::BASE64;
use zeroize::Zeroizing;

use crate::failure::{Failure, WITHHELD};
use crate::functions::Args;
use crate::functions::crypto::base64::decode;
use crate::machine::Machine;
use crate::value::Value;

const BLOCK: usize = 16;

/// Base64 of a random initialisation vector and the encrypted text. An empty text stays empty.
pub(super) fn encrypt_aes(m: &mut Machine<'_>, args: Args<'_>) -> Result<Value, Failure> {
    let (password, text) = (args.text(0)?, args.text(1)?);
    if text.is_empty() {
        return Ok(Value::text([]));
    }
    let length = text.len() / BLOCK * BLOCK + BLOCK;
    m.budget.make(2 * length)?;
    m.budget.make((BLOCK + length).div_ceil(3) * 4)?;
    m.budget.spend(50 + length as u64 / 8)?;
    let mut iv = [0; BLOCK];
    m.entropy.fill(&mut iv);
    let cipher = cbc::Encryptor::<Aes256>::new(&(*key(password)).into(), &iv.into());
    let mut encrypted = iv.to_vec();
    encrypted.extend(cipher.encrypt_padded_vec::<Pkcs7>(text));
    Ok(Value::text(BASE64.encode(&encrypted)))
}

/// The padding is believed: with a wrong key the result is garbage, or Go's panic.
pub(super) fn decrypt_aes(m: &mut Machine<'_>, args: Args<'_>) -> Result<Value, Failure> {
    let (password, text) = (args.text(0)?, args.text(1)?);
    if text.is_empty() {
        return Ok(Value::text([]));
    }
    let encrypted = decode(m, text)?;
    m.budget.make(encrypted.len())?;
    m.budget.spend(50 + encrypted.len() as u64 / 8)?;
    let Some((iv, encrypted)) = encrypted.split_first_chunk::<BLOCK>() else {
        // Go names the buffer's capacity, which is what base64 of that length can hold.
        let capacity = text.len() / 4 * 3;
        return Err(Failure::said(format!(
            "runtime error: slice bounds out of range [:16] with capacity {capacity}"
        )));
    };
    let mut plain = Zeroizing::new(encrypted.to_vec());
    let (blocks, rest) = Block::<cbc::Decryptor<Aes256>>::slice_as_chunks_mut(&mut plain);
    if !rest.is_empty() {
        return Err(Failure::said("crypto/cipher: input not full blocks"));
    }
    cbc::Decryptor::<Aes256>::new(&(*key(password)).into(), &(*iv).into()).decrypt_blocks(blocks);
    let Some(&padding) = plain.last() else {
        return Err(Failure::said("runtime error: index out of range [-1]"));
    };
    // Go's text has the number, which is what the last byte says.
    let length = plain
        .len()
        .checked_sub(usize::from(padding))
        .ok_or_else(|| Failure::said(format!("runtime error: slice bounds out of range [:{WITHHELD}]")))?;
    plain.truncate(length);
    Ok(Value::text(std::mem::take(&mut *plain)))
}

fn key(password: &[u8]) -> Zeroizing<[u8; 32]> {
    let mut key = Zeroizing::new([0; 32]);
    for (place, byte) in key.iter_mut().zip(password) {
        *place = *byte;
    }
    key
}
