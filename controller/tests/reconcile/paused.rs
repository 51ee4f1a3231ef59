//! The annotation `sealkit.dev/paused`: told, under whatever definition, and nothing written but that.

use controller::unseal::status::Crd;
use serde_json::{Value, json};

use crate::script::{Call, EVENTS, Reply, SECRETS, STATUS, Stage, end};
use crate::secrets::counted;
use crate::support::{Setup, read, sealed};

fn paused(mut object: Value) -> Value {
    object["metadata"]["annotations"] = json!({ "sealkit.dev/paused": "true" });
    object["metadata"]["generation"] = json!(2);
    object
}

/// The object with the status that a call wrote, as the definition stores it.
fn with_status_of(mut object: Value, call: &Call, ours: bool) -> Value {
    object["status"] = call.body["status"].clone();
    if !ours {
        object["status"].as_object_mut().unwrap().remove("controller");
    }
    object
}

#[tokio::test]
async fn it_is_told_and_the_rest_stays_as_it_was() {
    for (ours, health) in
        [(true, &[("Synced", "True"), ("Ready", "True")][..]), (false, &[("Synced", "True")])]
    {
        let stage = Stage::new(Setup::default());
        stage.context.reporter.learnt(if ours { Crd::Ours } else { Crd::Upstream });
        let status = if ours { Reply::Stored("uid-1", "101") } else { Reply::Pruned("uid-1", "101") };
        let event = ("POST", EVENTS, Reply::Stored("e", "1"));
        let post = ("POST", SECRETS, Reply::Stored("s", "1"));
        let tell = [("PUT", STATUS, status), event];
        let (_, made) = stage.play(&[&[post.clone()][..], &tell].concat(), &read(&sealed()), false).await;
        let before = with_status_of(paused(sealed()), &made[1], ours);

        let (finished, told) = stage.play(&tell, &read(&before), true).await;
        assert_eq!(end(&finished), "paused");
        assert_eq!(told[0].conditions()[..health.len()], *health);
        assert_eq!(told[0].condition("Paused")["reason"], "Paused");
        assert_eq!(told[0].condition("Applied"), made[1].condition("Applied"));
        assert_eq!(told[0].body["status"]["observedGeneration"], 1);
        assert_eq!((&told[1].body["reason"], &told[1].body["type"]), (&json!("Paused"), &json!("Normal")));

        let after = with_status_of(paused(sealed()), &told[0], ours);
        let (finished, _) = stage.play(&[], &read(&after), true).await;
        assert_eq!(end(&finished), "paused");

        let mut taken_off = after.clone();
        taken_off["metadata"]["annotations"] = json!({});
        let script = [post, tell[0].clone(), counted()];
        let (finished, calls) = stage.play(&script, &read(&taken_off), false).await;
        assert_eq!(end(&finished), "applied");
        assert_eq!(calls[1].conditions(), made[1].conditions());
    }
}

#[tokio::test]
async fn one_that_was_never_looked_at_is_not_called_healthy() {
    let stage = Stage::under_our_crd(Setup::default()).await;
    let tell = [("PUT", STATUS, Reply::Stored("uid-1", "101")), ("POST", EVENTS, Reply::Stored("e", "1"))];
    let (_, told) = stage.play(&tell, &read(&paused(sealed())), false).await;
    assert_eq!(told[0].conditions(), [("Paused", "True")]);
    assert_eq!(told[0].body["status"]["observedGeneration"], Value::Null);
}
