//! sprig's certificate.

use crate::value::Text;

/// What genCA and its relatives give: a certificate and its private key, both PEM.
pub(crate) struct Certificate {
    pub(crate) cert: Text,
    pub(crate) key: Text,
}
