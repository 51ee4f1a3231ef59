//! A one-node Kubernetes cluster without containers for a person to play with: `cluster up`, `cluster down`.

use anyhow::{Result, bail};
use sealed_secrets_tests::cluster::node::Node;

fn main() -> Result<()> {
    let node = Node::of_user()?;
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["up"] => {
            if node.is_up() {
                eprintln!("The cluster is up already.");
            } else {
                node.up()?;
                eprintln!("A cluster of one node is up, in {}.", node.folder().display());
            }
            eprintln!(
                "A Pod of the image local/PATH:dev runs the program /PATH; its output is in pods/ there."
            );
            println!("export KUBECONFIG={}", node.kubeconfig().display());
        }
        ["down"] => {
            let was_up = node.down()?;
            eprintln!("{}", if was_up { "The cluster is gone." } else { "There was no cluster." });
        }
        _ => bail!("say `cluster up` or `cluster down`"),
    }
    Ok(())
}
