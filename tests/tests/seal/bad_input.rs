//! Input that cannot be read whole is refused by file, document and line, under both names, before anything of it
//! is written; and it ends soon.

use std::time::{Duration, Instant};

use sealed_secrets_tests::workspace::{CANARY, Ran, Workspace, secret, secret_json, secret_with};

/// Debug builds on a busy machine included. A program that copies aliases or spins would take far longer.
const SOON: Duration = Duration::from_secs(20);

/// Seals a text beside a good one, over an older sealed file, and through stdin under both names.
#[track_caller]
fn refused(text: impl AsRef<[u8]>, messages: &[&str]) -> Ran {
    let text = text.as_ref();
    let workspace = Workspace::with_secrets(&["s/bad.yaml", "s/good.yaml"]);
    workspace.seal(&["s"]).ends(0);
    workspace.write("s/bad.yaml", text);
    let begun = Instant::now();

    let before = workspace.tree();
    let ran = workspace
        .seal(&["s"])
        .ends(1)
        .prints_nothing()
        .says("error: s/bad.yaml")
        .says("1 failed (as they were)");
    assert_eq!(before.changes(&workspace.tree()), ["~ s/good-sealedsecret.yaml"]);
    let before = workspace.tree();
    let mut runs = vec![ran, workspace.seal(&["s/bad.yaml", "--stdout"]).ends(1).prints_nothing()];
    let certificate = sealed_secrets_tests::workspace::key_file("k2048.crt.pem");
    for name in ["seal", "kubeseal"] {
        let run = || workspace.run_as(name).arg("--cert").arg(&certificate).stdin(text);
        runs.push(run().ends(1).prints_nothing().says("stdin"));
        runs.push(
            run().args(&["-f", "s/bad.yaml", "-w", "new.yaml"]).ends(1).prints_nothing().says("s/bad.yaml"),
        );
    }
    std::fs::remove_file(workspace.path("../seal")).unwrap();
    std::fs::remove_file(workspace.path("../kubeseal")).unwrap();
    assert_eq!(before.changes(&workspace.tree()), Vec::<String>::new());
    assert!(begun.elapsed() < SOON, "it took {:?}", begun.elapsed());
    for ran in &mut runs {
        for message in messages {
            assert!(ran.stderr.contains(message), "stderr lacks {message:?}\n{ran}");
        }
    }
    runs.swap_remove(0)
}

#[test]
fn a_broken_second_document() {
    let broken = format!("{}---\n{}  bad: [\n---\n{}", secret("a", "a"), secret("a", "b"), secret("a", "c"));
    refused(broken, &["document 2", "line 1"]);
    let badly_indented = format!("{}---\n{}   x:\n  - a\n", secret("a", "a"), secret("a", "b"));
    refused(badly_indented, &["document 2", "line 1"]);
    let tab = format!("{}---\nkind: Secret\n\tdata: {CANARY}\n", secret("a", "a"));
    refused(tab, &["document 2, line "]);
}

#[test]
fn a_document_that_is_no_object() {
    refused(format!("{}---\n{CANARY}\n", secret("a", "a")), &["document 2 (line 9)", "is no object"]);
    refused(format!("{}---\n- {CANARY}\n", secret("a", "a")), &["document 2 (line 9)", "is no object"]);
}

#[test]
fn base64_that_is_none() {
    // Each with the canary in it, in a place where a hasty message would quote it.
    for value in
        [CANARY.to_owned(), "YzRuYXJ5*".into(), "YzRuYXJ5LVp4OTEtaGl".into(), "\"YzRuYXJ5 LVp4\"".into()]
    {
        let text = format!(
            "{}---\n{}",
            secret("a", "a"),
            secret_with("a", "b", &format!("data:\n  password: {value}\n"))
        );
        refused(text, &["document 2", "data.password", "line 15"]);
    }
}

#[test]
fn values_of_a_wrong_kind() {
    for value in [format!("[{CANARY}]"), format!("{{{CANARY}: x}}")] {
        let text = secret_with("a", "b", &format!("stringData:\n  password: {value}\n"));
        refused(text, &["document 1", "stringData.password"]);
    }
    refused(secret_with("a", "b", &format!("data: {CANARY}\n")), &["document 1", "data"]);
    refused(
        secret_with("a", "b", "stringData: {a: b}\n").replace("name: b", &format!("name: [{CANARY}]")),
        &["metadata.name"],
    );
}

#[test]
fn one_brace_too_many_after_json() {
    refused(format!("{}}}\n", secret_json("a", "a")), &["line 2"]);
    refused(format!("{}}}", secret_json("a", "a").trim()), &["line 1"]);
    refused(format!("{}]\n{}", secret_json("a", "a"), secret_json("a", "b")), &["line 2"]);
    refused(format!("{}{CANARY}\n", secret_json("a", "a")), &["line 2"]);
}

#[test]
fn a_brace_alone_and_json_that_ends_early() {
    for text in ["{", "{\n", "[", "{\"kind\": \"Secret\"", "{\"kind\": \"Secret\","] {
        refused(text, &["document 1, line "]);
    }
    let json = secret_json("a", "a");
    refused(json.trim_end().trim_end_matches('}'), &["document 1"]);
    refused(&json[..json.find("YzRu").unwrap() + 10], &["document 1"]);
}

#[test]
fn json_objects_one_after_another_are_all_sealed() {
    let workspace = Workspace::new();
    workspace.write("two.json", format!("{}{}", secret_json("a", "a"), secret_json("a", "b")));
    workspace
        .write("touching.json", format!("{}{}", secret_json("a", "a").trim(), secret_json("a", "b").trim()));
    workspace.seal(&["two.json", "touching.json"]).ends(0).says("sealed 4 objects in 2 files");
}

#[test]
fn text_after_the_end_of_a_document() {
    refused(
        format!("{}...\n{}", secret("a", "a"), secret("a", "b")),
        &["line 9", "what follows would be lost"],
    );
    refused(format!("{}...\n{CANARY}\n", secret("a", "a")), &["line 9", "what follows would be lost"]);
    refused(format!("{}--- {{kind: Secret}}\n", secret("a", "a")), &["line 8", "text after `---`"]);
    let workspace = Workspace::new();
    workspace.write("ended.yaml", format!("{}...\n# the end\n", secret("a", "a")));
    workspace.seal(&["ended.yaml"]).ends(0);
}

#[test]
fn several_objects_without_a_line_between_them() {
    refused(format!("{}{}", secret("a", "a"), secret("a", "b")), &["is given a second time", "`---`"]);
}

#[test]
fn text_that_is_not_utf_8() {
    let with = |bytes: &[u8]| {
        [secret("a", "a").as_bytes(), b"---\n# ", bytes, b"\n", secret("a", "b").as_bytes()].concat()
    };
    refused(with(b"caf\xe9"), &["not valid UTF-8", "line 9"]);
    let value = [secret("a", "a").as_bytes(), b"  k: ", CANARY.as_bytes(), b"\xff\n"].concat();
    refused(value, &["not valid UTF-8", "line 8"]);
    let json = [b"{\"kind\": \"Secret\", \"stringData\": {\"a\": \"c4nary\xc3\x28\"}}".as_slice()].concat();
    refused(json, &["not valid UTF-8", "line 1"]);
    refused(b"\xff", &["not valid UTF-8"]);
}

#[test]
fn utf_16_as_powershell_writes_it() {
    let text = secret("a", "a").replace('\n', "\r\n");
    let bytes: Vec<u8> =
        [0xff, 0xfe].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    refused(&bytes, &["UTF-16, not UTF-8", "| Out-File -Encoding utf8"]);
    // The zeros between the letters tell it without the mark at its start, too.
    refused(&bytes[2..], &["UTF-16, not UTF-8", "| Out-File -Encoding utf8"]);
}

#[test]
fn a_nul_byte() {
    refused(format!("{}  k: {CANARY}\0\n", secret("a", "a")), &["NUL byte", "line 8"]);
    refused("\0", &["NUL byte"]);
}

#[test]
fn aliases_that_multiply() {
    // Ten levels of ten aliases each: ten thousand million values.
    let mut bomb = secret_with("a", "a", &format!("x0: &a0 {CANARY}\n"));
    for level in 1..=10 {
        let aliases = vec![format!("*a{}", level - 1); 10].join(", ");
        bomb += &format!("x{level}: &a{level} [{aliases}]\n");
    }
    refused(bomb, &["document 1", "aliases copy more than"]);
    let pairs: String = (0..100).map(|key| format!("  k{key}: {CANARY}\n")).collect();
    let merges: String = (0..5_000).map(|map| format!("m{map}: {{<<: *base, own: x}}\n")).collect();
    refused(format!("{}base: &base\n{pairs}{merges}", secret("a", "a")), &["aliases copy more than"]);
    refused(secret_with("a", "a", "x: &x [*x]\n"), &["an alias refers to the value that contains it"]);
    refused(secret_with("a", "a", "x: *unknown\n"), &["document 1", "line 6"]);
}

#[test]
fn ten_thousand_levels() {
    const LEVELS: usize = 10_000;
    let flow = format!("x: {}{}\n", "[".repeat(LEVELS), "]".repeat(LEVELS));
    refused(secret_with("a", "a", &flow), &["nested more than 1000 levels"]);
    refused(
        secret_with("a", "a", &format!("x:\n  {}\n", "- ".repeat(LEVELS))),
        &["nested more than 1000 levels"],
    );
    let json = secret_json("a", "a");
    let whole = format!(
        "{},\"x\":{}{}}}",
        &json.trim_end()[..json.trim_end().len() - 1],
        "[".repeat(LEVELS),
        "]".repeat(LEVELS)
    );
    refused(whole, &["nested more than 1000 levels"]);
    refused("[".repeat(LEVELS), &["line 1"]);
    let blocks: String = (0..2_000).map(|level| format!("{}x:\n", " ".repeat(level))).collect();
    refused(format!("{}{blocks}", secret("a", "a")), &["nested more than 1000 levels"]);
}

#[test]
fn a_list_whose_items_are_no_list() {
    let workspace = Workspace::with_secrets(&["good.yaml"]);
    for items in [format!("{{a: {CANARY}}}"), CANARY.to_owned()] {
        workspace.write("list.yaml", format!("apiVersion: v1\nkind: List\nitems: {items}\n"));
        workspace.seal(&["list.yaml", "good.yaml"]).ends(1).says("list.yaml, document 1").says("items");
    }
    for item in ["null", CANARY, "[]"] {
        workspace.write("list.yaml", format!("apiVersion: v1\nkind: List\nitems: [{item}]\n"));
        workspace.seal(&["list.yaml", "good.yaml"]).ends(1).says("list.yaml, document 1");
    }
    assert!(!workspace.has("list-sealedsecret.yaml"));
}

#[test]
fn a_byte_order_mark_and_other_line_ends_are_read() {
    let workspace = Workspace::new();
    let text = format!("{}---\n{}", secret("a", "a"), secret("a", "b"));
    workspace.write("bom.yaml", format!("\u{feff}{text}"));
    workspace.write("crlf.yaml", text.replace('\n', "\r\n"));
    workspace.write("bom.json", format!("\u{feff}{}", secret_json("a", "a")));
    workspace.seal(&["bom.yaml", "crlf.yaml", "bom.json"]).ends(0).says("sealed 5 objects in 3 files");
    let opened =
        workspace.opened(&["bom-sealedsecret.yaml", "crlf-sealedsecret.yaml", "bom-sealedsecret.json"]);
    assert!(opened.iter().all(|secret| secret.data["password"] == CANARY.as_bytes()));
}
