//! What tells this cluster from others, the same for all replicas, without a right that the controller does not have.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

/// The uid of the service account, which the token that is mounted into the Pod names in its claims: `kubernetes.io` in bound
/// tokens (since 1.21), a claim of its own in older ones. The token is not verified: nobody is trusted for it.
///
/// None where there is no such claim.
pub(super) fn cluster_identity(token: &str) -> Option<String> {
    let claims = URL_SAFE_NO_PAD.decode(token.trim().split('.').nth(1)?).ok()?;
    let claims: Value = serde_json::from_slice(&claims).ok()?;
    let bound = &claims["kubernetes.io"]["serviceaccount"]["uid"];
    let uid =
        bound.as_str().or_else(|| claims["kubernetes.io/serviceaccount/service-account.uid"].as_str())?;
    (!uid.is_empty()).then(|| uid.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(claims: &str) -> String {
        format!("e30.{}.c2ln\n", URL_SAFE_NO_PAD.encode(claims))
    }

    #[test]
    fn it_is_read_from_tokens_old_and_new() {
        let new =
            token(r#"{"kubernetes.io": {"namespace": "a", "serviceaccount": {"name": "b", "uid": "u-1"}}}"#);
        assert_eq!(cluster_identity(&new).as_deref(), Some("u-1"));
        let old = token(r#"{"kubernetes.io/serviceaccount/service-account.uid": "u-2"}"#);
        assert_eq!(cluster_identity(&old).as_deref(), Some("u-2"));
        for other in
            ["", "a", "a.b.c", "a.%%%.c", &token("[]"), &token("{}"), &token(r#"{"kubernetes.io": 1}"#)]
        {
            assert_eq!(cluster_identity(other), None, "{other}");
        }
    }
}
