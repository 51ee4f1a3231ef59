//! Which SealedSecrets are opened, and what becomes of their Secrets.

use super::reader::Reader;
use crate::args;
use crate::settings::domain_values::namespaces;
use crate::settings::note::Note;
use crate::settings::{Forbidden, UnsealSettings, go_values, labels};

impl Reader<'_> {
    pub(super) fn unseal(&mut self, own_namespace: &str) -> Option<UnsealSettings> {
        let all = self.read(&args::ALL_NAMESPACES, go_values::truth);
        let additional = self.read(&args::ADDITIONAL_NAMESPACES, namespaces);
        let label_selector = self.read(&args::LABEL_SELECTOR, |text| {
            labels::check_selector(text).map(|()| text.trim().to_owned())
        });
        let accept_legacy = self.read(&args::ACCEPT_DEPRECATED_V1_DATA, go_values::truth);
        let templates = self.read(&args::TEMPLATES, go_values::truth);
        let update_status = self.read(&args::UPDATE_STATUS, go_values::truth);
        let skip_recreate = self.read(&args::SKIP_RECREATE, go_values::truth);
        let old_gc = self.read(&args::OLD_GC_BEHAVIOR, go_values::truth);
        let types = self.read(&args::FORBID_TYPES, |text| Forbidden::new(text, "").map(|_| text.to_owned()));
        let labels =
            self.read(&args::FORBID_LABELS, |text| Forbidden::new("", text).map(|_| text.to_owned()));

        if let Some(Some(names)) = &additional
            && names.is_empty()
        {
            self.notes.push(Note::warning(format!(
                "{} names no namespace: only the controller's own is served",
                self.typed.value(&args::ADDITIONAL_NAMESPACES)
            )));
        }
        if let Some(Some(_)) = &additional
            && all == Some(true)
            && self.is_given(&args::ALL_NAMESPACES)
        {
            self.notes.push(Note::warning(
                "--all-namespaces is ignored, since --additional-namespaces says which namespaces are served",
            ));
        }
        if update_status == Some(false) {
            self.notes.push(Note::information(
                "Without statuses nothing remembers what was done: each start opens every SealedSecret again",
            ));
        }
        if old_gc == Some(true) {
            self.notes.push(Note::information(
                "--old-gc-behavior needs the permission to delete Secrets, which the roles that are shipped do not give",
            ));
        }
        let (all, additional) = (all?, additional?);
        let namespaces = if all && additional.is_none() {
            None
        } else {
            let mut namespaces = vec![own_namespace.to_owned()];
            for name in additional.unwrap_or_default() {
                if !namespaces.contains(&name) {
                    namespaces.push(name);
                }
            }
            Some(namespaces)
        };
        Some(UnsealSettings {
            namespaces,
            label_selector: label_selector?,
            accept_legacy: accept_legacy?,
            templates: templates?,
            update_status: update_status?,
            skip_recreate: skip_recreate?,
            old_gc: old_gc?,
            forbidden: Forbidden::new(&types?, &labels?).ok()?,
        })
    }
}
