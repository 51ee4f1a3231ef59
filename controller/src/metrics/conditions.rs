//! The series of `condition_info`, kept small: a cluster may hold tens of thousands of SealedSecrets.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::ConditionValue;

/// Name of the series, as upstream's.
pub(super) const NAME: &str = "sealed_secrets_controller_condition_info";

/// The last known conditions of every SealedSecret.
///
/// A series of the metrics library costs most of a kilobyte; here it is a byte pair beside the object's name.
#[derive(Debug, Default)]
pub(super) struct Conditions {
    /// Names of conditions; the few that the controller writes.
    types: Vec<Box<str>>,
    namespaces: BTreeMap<Box<str>, BTreeMap<Box<str>, Object>>,
}

#[derive(Debug, Default)]
struct Object {
    instance: Box<str>,
    /// Index into `types`, and the value.
    values: Vec<(u8, i8)>,
}

impl Conditions {
    /// Notes one condition of an object; what was noted under another instance of it goes.
    pub(super) fn set(
        &mut self,
        namespace: &str,
        name: &str,
        instance: &str,
        condition: &str,
        value: ConditionValue,
    ) {
        let Some(index) = self.index(condition) else { return };
        if !self.namespaces.contains_key(namespace) {
            self.namespaces.insert(namespace.into(), BTreeMap::new());
        }
        let objects = self.namespaces.get_mut(namespace).expect("it was put there just now");
        if !objects.contains_key(name) {
            objects.insert(name.into(), Object { instance: instance.into(), values: Vec::new() });
        }
        let object = objects.get_mut(name).expect("it was put there just now");
        if &*object.instance != instance {
            object.instance = instance.into();
            object.values.clear();
        }
        let value = match value {
            ConditionValue::True => 1,
            ConditionValue::False => -1,
            ConditionValue::Unknown => 0,
        };
        match object.values.iter_mut().find(|(known, _)| *known == index) {
            Some((_, known)) => *known = value,
            None => object.values.push((index, value)),
        }
    }

    /// The object is gone.
    pub(super) fn forget(&mut self, namespace: &str, name: &str) {
        if let Some(objects) = self.namespaces.get_mut(namespace) {
            objects.remove(name);
            if objects.is_empty() {
                self.namespaces.remove(namespace);
            }
        }
    }

    /// All objects of this namespace, or all there are, go.
    pub(super) fn forget_all(&mut self, namespace: Option<&str>) {
        self.namespaces.retain(|there, _| namespace.is_some_and(|namespace| namespace != &**there));
    }

    /// Writes the family in the text format 0.0.4, labels in order of their names; nothing without a series.
    pub(super) fn write(&self, out: &mut String) {
        if self.namespaces.is_empty() {
            return;
        }
        out.push_str("# HELP ");
        out.push_str(NAME);
        out.push_str(" Conditions of SealedSecrets: 1 is true, -1 false, 0 unknown.\n# TYPE ");
        out.push_str(NAME);
        out.push_str(" gauge\n");
        for (namespace, objects) in &self.namespaces {
            for (name, object) in objects {
                for (index, value) in &object.values {
                    let condition = self.types.get(usize::from(*index)).map_or("", |name| name);
                    out.push_str(NAME);
                    for (label, text) in [
                        ("{condition=\"", condition),
                        ("\",name=\"", name),
                        ("\",namespace=\"", namespace),
                        ("\",ss_app_kubernetes_io_instance=\"", &object.instance),
                    ] {
                        out.push_str(label);
                        escape(text, out);
                    }
                    // Writing to a String does not fail.
                    let _ = writeln!(out, "\"}} {value}");
                }
            }
        }
    }

    /// No index is left after 255 kinds of conditions, of which the controller writes four.
    fn index(&mut self, condition: &str) -> Option<u8> {
        if let Some(at) = self.types.iter().position(|known| &**known == condition) {
            return u8::try_from(at).ok();
        }
        let next = u8::try_from(self.types.len()).ok()?;
        self.types.push(condition.into());
        Some(next)
    }
}

/// Label values may hold anything; these three characters would end or bend the line.
fn escape(text: &str, out: &mut String) {
    for character in text.chars() {
        match character {
            '\\' => out.push_str("\\\\"),
            '"' => out.push_str("\\\""),
            '\n' => out.push_str("\\n"),
            other => out.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(conditions: &Conditions) -> String {
        let mut out = String::new();
        conditions.write(&mut out);
        out.lines().filter(|line| !line.starts_with('#')).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn values_change_and_go() {
        let mut conditions = Conditions::default();
        conditions.set("shop", "db", "", "Synced", ConditionValue::False);
        conditions.set("shop", "db", "", "Synced", ConditionValue::True);
        conditions.set("shop", "db", "", "Ready", ConditionValue::Unknown);
        let series = |condition: &str, value: i8| {
            format!(
                "{NAME}{{condition=\"{condition}\",name=\"db\",namespace=\"shop\",ss_app_kubernetes_io_instance=\"\"}} {value}"
            )
        };
        assert_eq!(text(&conditions), format!("{}\n{}", series("Synced", 1), series("Ready", 0)));
        conditions.forget("shop", "other");
        conditions.forget("other", "db");
        assert_eq!(text(&conditions).lines().count(), 2);
        conditions.forget("shop", "db");
        assert_eq!(text(&conditions), "");
    }

    #[test]
    fn a_whole_namespace_goes() {
        let mut conditions = Conditions::default();
        for namespace in ["shop", "cart"] {
            conditions.set(namespace, "db", "", "Synced", ConditionValue::True);
        }
        conditions.forget_all(Some("shop"));
        assert!(text(&conditions).contains("cart") && !text(&conditions).contains("shop"));
        conditions.forget_all(None);
        assert_eq!(text(&conditions), "");
    }

    #[test]
    fn another_instance_replaces_the_series() {
        let mut conditions = Conditions::default();
        conditions.set("shop", "db", "blue", "Synced", ConditionValue::True);
        conditions.set("shop", "db", "blue", "Ready", ConditionValue::True);
        conditions.set("shop", "db", "green", "Synced", ConditionValue::True);
        let text = text(&conditions);
        assert!(text.contains("green") && !text.contains("blue"), "{text}");
        assert_eq!(text.lines().count(), 1);
    }

    #[test]
    fn a_label_cannot_forge_a_line() {
        let mut conditions = Conditions::default();
        conditions.set("shop", "db", "a\"} 1\nforged 1\\", "Synced", ConditionValue::True);
        let text = text(&conditions);
        assert_eq!(text.lines().count(), 1, "{text}");
        assert!(text.contains(r#"="a\"} 1\nforged 1\\"} 1"#), "{text}");
    }
}
