//! The main job on a real cluster: installs deploy/, seals examples/kam with the certificate that the controller serves
//! through the API server, applies, and shows the Secrets and statuses.
//!
//! The cluster is one of this program's own (see `make cluster-up`) and gone afterwards. The commands are printed as they
//! are run, so that they can be typed.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result, bail, ensure};
use sealed_secrets_tests::cluster::node::Node;
use sealed_secrets_tests::{client, controller};

const SEALED: &str = "rt-inventory-gitops/config/rt-inventory-cicd/base/09-secrets";
const NAMESPACE: &str = "rt-inventory-cicd";

fn main() -> Result<()> {
    let seal = client::seal()?;
    let controller = controller::controller()?;
    let folder = tempfile::tempdir()?;
    let work = folder.path().join("work");
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize()?;
    copy_tree(&root.join("examples/kam"), &work)?;
    copy_tree(&root.join("deploy"), &work.join("deploy"))?;

    println!("A Kubernetes cluster of one node (etcd, kube-apiserver, controllers, a small kubelet):");
    let begun = Instant::now();
    let node = Node::in_folder(&folder.path().join("cluster"));
    node.up()?;
    let demo = Demo { node, work, seal };
    println!("    up after {:.1} s", begun.elapsed().as_secs_f32());
    let shown = demo.show(&controller);
    let shown = shown.map_err(|error| {
        // The cluster goes, so its last words are told now.
        error.context(demo.node.output_of("sealed-secrets").unwrap_or_default())
    });
    demo.node.down()?;
    shown
}

struct Demo {
    node: Node,
    work: PathBuf,
    seal: PathBuf,
}

impl Demo {
    fn show(&self, controller: &Path) -> Result<()> {
        println!("\nInstall the controller:");
        for part in ["crd", "namespace"] {
            self.kubectl(&["apply", "-k", &format!("deploy/{part}")])?;
        }
        // What a kustomization of one's own says about the image.
        let image = Node::image_of(controller)?;
        let (name, tag) = image.rsplit_once(':').context("an image has a tag")?;
        self.edit(
            "deploy/controller/kustomization.yaml",
            "  # newName: where your cluster finds it\n  newTag: 0.1.0",
            &format!("  newName: {name}\n  newTag: {tag}"),
        )?;
        self.kubectl(&["apply", "-k", "deploy/controller"])?;
        self.kubectl(&["apply", "-k", "deploy/service-proxier"])?;
        self.kubectl(&[
            "rollout",
            "status",
            "-n",
            "sealed-secrets",
            "deployment/sealed-secrets-controller",
            "--timeout=60s",
        ])?;

        println!(
            "\nSeal the folder of plain Secrets into the GitOps repository, for the controller of this cluster:"
        );
        self.seal(&["secrets/", "--controller-namespace", "sealed-secrets", "--output-dir", SEALED])?;

        println!("\nWhat Argo CD would do with the repository:");
        self.kubectl(&["create", "namespace", NAMESPACE])?;
        let begun = Instant::now();
        self.kubectl(&["apply", "-k", SEALED])?;
        self.kubectl(&[
            "wait",
            "-n",
            NAMESPACE,
            "sealedsecrets",
            "--all",
            "--for=condition=Synced",
            "--timeout=60s",
        ])?;
        println!("    all there {:.1} s after the first byte was sent", begun.elapsed().as_secs_f32());

        println!("\nThe Secrets, in their namespace:");
        self.kubectl(&["get", "secrets", "-n", NAMESPACE])?;
        println!("\nThe statuses:");
        self.kubectl(&["get", "sealedsecrets", "-n", NAMESPACE])?;
        let names = |what: &str| self.output(&["get", what, "-n", NAMESPACE, "-o", "name"]);
        let sealed = names("sealedsecrets")?.lines().count();
        let secrets = names("secrets")?.lines().count();
        ensure!(sealed > 0 && sealed == secrets, "{sealed} SealedSecrets, but {secrets} Secrets");
        println!("\n{sealed} SealedSecrets, {secrets} Secrets. The cluster goes; nothing is left behind.");
        Ok(())
    }

    fn kubectl(&self, args: &[&str]) -> Result<()> {
        println!("  $ kubectl {}", args.join(" "));
        indented(&self.output(args)?);
        Ok(())
    }

    fn output(&self, args: &[&str]) -> Result<String> {
        output(Command::new(self.node.kubectl()).args(args), &self.work, &self.node.kubeconfig())
    }

    fn seal(&self, args: &[&str]) -> Result<()> {
        println!("  $ seal {}", args.join(" "));
        indented(&output(Command::new(&self.seal).args(args), &self.work, &self.node.kubeconfig())?);
        Ok(())
    }

    fn edit(&self, file: &str, from: &str, to: &str) -> Result<()> {
        let path = self.work.join(file);
        let text = std::fs::read_to_string(&path)?;
        ensure!(text.contains(from), "{file} does not say {from:?}");
        std::fs::write(&path, text.replace(from, to))?;
        Ok(())
    }
}

/// What a command says, stderr first; an error with all of it if it fails.
fn output(command: &mut Command, work: &Path, kubeconfig: &Path) -> Result<String> {
    let output =
        command.current_dir(work).env("KUBECONFIG", kubeconfig).output().context("starting a command")?;
    let said =
        format!("{}{}", String::from_utf8_lossy(&output.stderr), String::from_utf8_lossy(&output.stdout));
    if !output.status.success() {
        bail!("{command:?} failed: {}\n{said}", output.status);
    }
    Ok(said)
}

fn indented(text: &str) {
    text.lines().for_each(|line| println!("    {line}"));
}

fn copy_tree(from: &Path, to: &Path) -> Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from).with_context(|| from.display().to_string())? {
        let path = entry?.path();
        let target = to.join(path.file_name().context("an entry has a name")?);
        if path.is_dir() {
            copy_tree(&path, &target)?;
        } else {
            std::fs::copy(&path, &target)?;
        }
    }
    Ok(())
}
