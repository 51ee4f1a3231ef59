//! Values of flags and of the environment as Go's flag packages take them.

use sealed_secrets::sealing::Scope;

/// A truth value as Go's strconv.ParseBool takes it.
pub(crate) fn go_bool(text: &str) -> Result<bool, String> {
    match text {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Ok(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Ok(false),
        _ => Err("true or false is wanted".into()),
    }
}

/// A scope; the empty text means strict, as upstream has it.
pub(crate) fn scope(text: &str) -> Result<Scope, String> {
    match text {
        "" => Ok(Scope::Strict),
        text => text.parse().map_err(|_| "must be one of: strict, namespace-wide, cluster-wide".into()),
    }
}

/// A comma list in which quotes keep commas (`a,"b,c"`), as pflag reads it with encoding/csv.
pub(crate) fn csv(text: &str) -> Result<Vec<String>, String> {
    if text.is_empty() {
        return Ok(Vec::new());
    }
    let mut fields = Vec::new();
    let mut rest = text;
    loop {
        let after = if let Some(quoted) = rest.strip_prefix('"') {
            let (field, after) = quoted_field(quoted)?;
            fields.push(field);
            after
        } else {
            let end = rest.find(',').unwrap_or(rest.len());
            if rest[..end].contains('"') {
                return Err("a quote in the middle of an item".into());
            }
            fields.push(rest[..end].to_owned());
            &rest[end..]
        };
        match after.strip_prefix(',') {
            Some(more) => rest = more,
            None if after.is_empty() => return Ok(fields),
            None => return Err("text after a closing quote".into()),
        }
    }
}

fn quoted_field(text: &str) -> Result<(String, &str), String> {
    let mut field = String::new();
    let mut rest = text;
    loop {
        let Some(end) = rest.find('"') else { return Err("a quote is not closed".into()) };
        field.push_str(&rest[..end]);
        rest = &rest[end + 1..];
        match rest.strip_prefix('"') {
            Some(more) => {
                field.push('"');
                rest = more;
            }
            None => return Ok((field, rest)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_csv() {
        assert_eq!(csv("a,b").unwrap(), ["a", "b"]);
        assert_eq!(csv("\"a,b\",c").unwrap(), ["a,b", "c"]);
        assert_eq!(csv("\"a\"\"b\"").unwrap(), ["a\"b"]);
        assert_eq!(csv("a,").unwrap(), ["a", ""]);
        assert!(csv("\"a").is_err());
        assert!(csv("a\"b").is_err());
    }
}
