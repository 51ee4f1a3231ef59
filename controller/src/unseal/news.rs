//! What the watches tell the index and the metrics.

use kube::runtime::watcher::Event;

use super::Unsealer;
use super::seen::{SealedObject, SealedSeen, SecretSeen};
use super::status;
use super::watch::News;
use crate::metrics::ConditionValue;

impl Unsealer {
    /// The API server is back.
    pub(super) fn api_answers(&mut self) {
        self.index.api_answers(self.now());
    }

    /// Takes news of SealedSecrets; true at the end of a list, or if there will be none.
    pub(super) fn sealed_news(&mut self, scope: Option<&str>, news: News<SealedSeen>) -> bool {
        match news {
            News::Event(event) => self.sealed_event(scope, event),
            News::Back => {
                self.api_answers();
                false
            }
            News::Refused => {
                self.index.objects_refused(scope);
                self.context.metrics.forget_all(scope);
                true
            }
        }
    }

    fn sealed_event(&mut self, scope: Option<&str>, event: Event<SealedSeen>) -> bool {
        match event {
            Event::Init => self.index.objects_list_begins(scope),
            Event::InitApply(seen) => self.sealed_seen(seen.into(), Some(scope)),
            Event::InitDone => {
                for key in self.index.objects_listed(scope) {
                    self.context.metrics.forget(key.namespace(), key.name());
                }
                return true;
            }
            Event::Apply(seen) => self.sealed_seen(seen.into(), None),
            Event::Delete(seen) => {
                let object = SealedObject::from(seen);
                self.index.object_gone(&object.key);
                self.context.metrics.forget(object.key.namespace(), object.key.name());
            }
        }
        false
    }

    fn sealed_seen(&mut self, object: SealedObject, listed: Option<Option<&str>>) {
        let synced = object.status.conditions.iter().find(|condition| condition.type_ == status::SYNCED);
        if let Some(synced) = synced {
            let value = match synced.status.as_str() {
                "True" => ConditionValue::True,
                "False" => ConditionValue::False,
                _ => ConditionValue::Unknown,
            };
            let instance = object.instance.as_deref().unwrap_or_default();
            let (namespace, name) = (object.key.namespace(), object.key.name());
            self.context.metrics.condition(namespace, name, instance, status::SYNCED, value);
        }
        self.index.object_seen(object, listed);
    }

    /// Takes news of Secrets; true at the end of a list, or if there will be none.
    pub(super) fn secret_news(&mut self, scope: Option<&str>, news: News<SecretSeen>) -> bool {
        match news {
            News::Event(event) => self.secret_event(scope, event),
            News::Back => {
                self.api_answers();
                false
            }
            News::Refused => {
                self.index.secrets_not_listed(scope);
                true
            }
        }
    }

    fn secret_event(&mut self, scope: Option<&str>, event: Event<SecretSeen>) -> bool {
        match event {
            Event::Init => self.index.secrets_list_begins(scope),
            Event::InitApply(seen) => self.index.secret_seen(&seen.key(), seen.facts(), Some(scope)),
            Event::InitDone => {
                self.index.secrets_listed(scope);
                return true;
            }
            Event::Apply(seen) => self.index.secret_seen(&seen.key(), seen.facts(), None),
            Event::Delete(seen) => self.index.secret_gone(&seen.key(), Some(&seen.facts())),
        }
        false
    }
}
