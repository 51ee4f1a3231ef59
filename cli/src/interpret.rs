//! From what was typed to what it means: a pure function. Flags that contradict each other are found here.

use std::path::{Path, PathBuf};

use sealed_secrets::manifest::Format;

use crate::args::{
    CalledAs, ConditionsSub, FileFlags, Flags, GenerateArgs, KeysSub, KubeFlags, RenderArgs, Sub, Typed,
    UnsealArgs,
};
use crate::command::{
    CertificateFrom, CheckTemplates, ClearConditions, Command, ControllerAt, ControllerPaths, Destination,
    FetchCertificate, GenerateKeys, KeyOutput, Merge, ReEncrypt, Recover, Render, ReportTo, SealPaths,
    SealRaw, SealStream, Unseal, Validate, Wish,
};
use crate::failure::{Exit, Failure};
use crate::kubeconfig::{KubeSettings, Overrides};
use crate::print::Print;

/// Makes a command of what was typed. `kube` is what the environment says of the way to a cluster; `processors`
/// is how many there are.
///
/// # Errors
/// A sentence on the first conflict.
pub(crate) fn interpret(typed: Typed, kube: KubeSettings, processors: usize) -> Result<Command, Failure> {
    let Typed { called_as, program, flags, files, paths, subcommand } = typed;
    if let Some(subcommand) = subcommand {
        return interpret_subcommand(subcommand, kube, processors);
    }
    if flags.version == Some(true) {
        return Ok(Command::Version { called_as });
    }
    if flags.help == Some(true) {
        return Ok(Command::Help { called_as, program });
    }
    let jobs = files.jobs.map_or(processors, usize::from);
    let controller =
        controller_at(called_as, &flags, kube_settings(&flags.kube, flags.kubeconfig.as_deref(), kube));
    if called_as == CalledAs::Seal {
        refuse_conflicts(&flags, &files, &paths)?;
    }
    if paths.is_empty() {
        return interpret_kubeseal(called_as, flags, controller, jobs);
    }
    let report = report_to(&files)?;
    let is_re_encrypt = flags.re_encrypt == Some(true) || flags.rotate == Some(true);
    if flags.validate == Some(true) || is_re_encrypt {
        let jobs = files.jobs.map_or(JOBS_OF_THE_CONTROLLER, usize::from);
        let work = ControllerPaths { paths, controller, report, jobs };
        return Ok(if is_re_encrypt { Command::ReEncryptPaths(work) } else { Command::ValidatePaths(work) });
    }

    let print = print_format(called_as, flags.format.as_deref(), None)?;
    let kube = controller.kube.clone();
    let certificate = certificate_from(flags.cert.as_deref(), controller);
    let destination = match (files.output_dir, files.stdout) {
        (Some(folder), _) => Destination::Below(folder),
        (None, true) => Destination::Stdout,
        (None, false) => Destination::BesideSource,
    };
    let wish = wish(called_as, &flags, kube);
    Ok(Command::SealPaths(SealPaths { paths, destination, print, certificate, wish, report, jobs }))
}

/// The controller does the work, and its answers are waited for: more than there are processors.
const JOBS_OF_THE_CONTROLLER: usize = 8;

/// Where the report for programs goes, if one is asked for.
fn report_to(files: &FileFlags) -> Result<Option<ReportTo>, Failure> {
    match (&files.report, &files.report_to) {
        (None, _) => Ok(None),
        (Some(_), None) if files.stdout => {
            Err(Failure::usage("--report and --stdout both want the standard output")
                .hint("give the report a place of its own: --report-to FILE or --report-to fd:3"))
        }
        (Some(_), None) => Ok(Some(ReportTo::Stdout)),
        (Some(_), Some(place)) => report_place(place).map(Some),
    }
}

/// kubeseal's modes, in kubeseal's order: the first one that applies wins.
fn interpret_kubeseal(
    called_as: CalledAs,
    flags: Flags,
    controller: ControllerAt,
    jobs: usize,
) -> Result<Command, Failure> {
    let kube = controller.kube.clone();
    let from_file: Vec<String> = flags.from_file.concat();
    let raw = flags.raw == Some(true);
    if !from_file.is_empty() && !raw {
        return Err(used_wrongly(called_as, "--from-file requires --raw"));
    }
    let input = path(flags.secret_file.as_deref());
    let output = path(flags.sealed_secret_file.as_deref());
    let keys: Vec<PathBuf> = flags.recovery_private_key.concat().into_iter().map(PathBuf::from).collect();
    if flags.recovery_unseal == Some(true) {
        let print = print_format(called_as, flags.format.as_deref(), output.as_deref())?;
        return Ok(Command::Recover(Recover { input, output, print, keys, jobs }));
    }
    if flags.validate == Some(true) {
        return Ok(Command::Validate(Validate { input, controller }));
    }
    if flags.re_encrypt == Some(true) || flags.rotate == Some(true) {
        // A file that is named is written back, and its name chooses the format, too.
        let output = output.or_else(|| input.clone());
        let as_it_stands =
            called_as == CalledAs::Seal && flags.format.as_deref().unwrap_or_default().is_empty();
        let print = match as_it_stands {
            true => None,
            false => Some(print_format(called_as, flags.format.as_deref(), output.as_deref())?),
        };
        return Ok(Command::ReEncrypt(ReEncrypt { input, output, print, controller }));
    }
    let certificate = certificate_from(flags.cert.as_deref(), controller);
    if flags.fetch_cert == Some(true) {
        return Ok(Command::FetchCertificate(FetchCertificate { unused_input: input, output, certificate }));
    }
    if let Some(target) = path(flags.merge_into.as_deref()) {
        if output.is_some() {
            return Err(Failure::usage("--merge-into and --sealed-secret-file (-w) both name an output")
                .hint("--merge-into changes the file that it names: leave -w out"));
        }
        // The file keeps its format unless another is asked for; kubeseal turns YAML into JSON.
        let no_format = flags.format.as_deref().unwrap_or_default().is_empty();
        let print = match called_as {
            CalledAs::Seal if no_format => None,
            CalledAs::Kubeseal if no_format => Some(Print::AsInput),
            _ => Some(print_format(called_as, flags.format.as_deref(), None)?),
        };
        let wish = wish(called_as, &flags, kube);
        return Ok(Command::Merge(Merge { input, target, print, certificate, wish }));
    }
    if raw {
        if from_file.len() > 1 {
            let what = "must provide only one --from-file when encrypting a single item with --raw";
            return Err(used_wrongly(called_as, what));
        }
        return Ok(Command::Raw(SealRaw {
            unused_input: input,
            called_as,
            from_file: from_file.into_iter().next(),
            output,
            certificate,
            name: flags.name.filter(|name| !name.is_empty()),
            scope: flags.scope.unwrap_or_default(),
            kube,
        }));
    }
    let print = print_format(called_as, flags.format.as_deref(), output.as_deref())?;
    let wish = wish(called_as, &flags, kube);
    Ok(Command::Seal(SealStream { input, output, print, certificate, wish, jobs }))
}

/// A command line that makes no sense: kubeseal ends with 1 as for everything, seal with 2.
pub(crate) fn used_wrongly(called_as: CalledAs, what: &str) -> Failure {
    match called_as {
        CalledAs::Kubeseal => Failure::new(what),
        CalledAs::Seal => Failure::usage(what),
    }
}

fn interpret_subcommand(subcommand: Sub, kube: KubeSettings, processors: usize) -> Result<Command, Failure> {
    Ok(match subcommand {
        Sub::Unseal(UnsealArgs { paths, key, output_dir, format, jobs }) => Command::Unseal(Unseal {
            paths,
            keys: key,
            output_dir,
            print: print_format(CalledAs::Seal, format.as_deref(), None)?,
            jobs: jobs.map_or(processors, usize::from),
        }),
        Sub::Render(RenderArgs { paths, check: true, entry, .. }) => {
            Command::CheckTemplates(CheckTemplates { paths, entry })
        }
        Sub::Render(RenderArgs { paths, key, entry, jobs, .. }) => {
            Command::Render(Render { paths, keys: key, entry, jobs: jobs.map_or(processors, usize::from) })
        }
        Sub::Keys { command: KeysSub::Generate(args) } => Command::GenerateKeys(generate_keys(args)?),
        Sub::Conditions { command: ConditionsSub::Clear(args) } => {
            let kube = kube_settings(&args.kube, args.kubeconfig.as_deref(), kube);
            let namespace = kube.namespace.clone().filter(|namespace| !namespace.is_empty());
            if namespace.is_none() && !args.all_namespaces {
                return Err(Failure::usage(
                    "which SealedSecrets: give --namespace NAME, or --all-namespaces (-A)",
                ));
            }
            let namespace = namespace.filter(|_| !args.all_namespaces);
            Command::ClearConditions(ClearConditions { kube, namespace })
        }
        Sub::Cert(args) => Command::ShowCertificate { location: args.certificate, pem: args.pem },
        Sub::Completion { shell } => Command::Completion(shell),
        Sub::Man { folder } => Command::Man(folder),
    })
}

fn generate_keys(args: GenerateArgs) -> Result<GenerateKeys, Failure> {
    let GenerateArgs { folder, secret, name, namespace, size, days, common_name } = args;
    if name.is_some() && secret.is_none() {
        return Err(Failure::usage("--name is for a key Secret, and PEM files are wanted")
            .hint("add --secret FILE, or leave --name out"));
    }
    let output = match secret {
        Some(file) => KeyOutput::Secret { file, namespace, name },
        None => KeyOutput::PemFiles(folder.unwrap_or_default()),
    };
    Ok(GenerateKeys { output, size, validity_seconds: i64::from(days) * 24 * 3600, common_name })
}

/// What kubeseal takes in silence and seal does not.
fn refuse_conflicts(flags: &Flags, files: &FileFlags, paths: &[PathBuf]) -> Result<(), Failure> {
    let modes = [
        (flags.raw == Some(true), "--raw"),
        (flags.merge_into.is_some(), "--merge-into"),
        (flags.recovery_unseal == Some(true), "--recovery-unseal"),
        (flags.validate == Some(true), "--validate"),
        (flags.re_encrypt == Some(true) || flags.rotate == Some(true), "--re-encrypt"),
        (flags.fetch_cert == Some(true), "--fetch-cert"),
    ];
    let asked: Vec<_> = modes.iter().filter(|(asked, _)| *asked).map(|(_, name)| *name).collect();
    if asked.len() > 1 {
        return Err(Failure::usage(format!("{} cannot be used together", asked.join(" and "))));
    }
    if flags.raw == Some(true) && flags.secret_file.is_some() {
        return Err(Failure::usage("--raw does not read --secret-file (-f)")
            .hint("give the value through stdin or --from-file FILE"));
    }
    if paths.is_empty() {
        let only_for_paths = [
            (files.output_dir.is_some(), "--output-dir"),
            (files.stdout, "--stdout"),
            (files.report.is_some(), "--report"),
        ];
        return match only_for_paths.iter().find(|(asked, _)| *asked) {
            Some((_, name)) => {
                Err(Failure::usage(format!("{name} is for files and folders, and none is named")))
            }
            None => Ok(()),
        };
    }
    let by_the_controller = ["--validate", "--re-encrypt"];
    if let Some(mode) = asked.iter().find(|mode| !by_the_controller.contains(mode)) {
        return Err(Failure::usage(format!("{mode} does not work on files and folders"))
            .hint("give one file with -f, or through stdin"));
    }
    if let Some(mode) = asked.first() {
        let only_to_seal = [
            (files.output_dir.is_some(), "--output-dir"),
            (files.stdout, "--stdout"),
            (flags.format.is_some(), "--format (-o)"),
            (flags.scope.is_some(), "--scope"),
        ];
        if let Some((_, name)) = only_to_seal.iter().find(|(asked, _)| *asked) {
            return Err(Failure::usage(format!("{name} does not go with {mode} of files and folders")).hint(
                match *mode {
                    "--validate" => "nothing is written: leave it out",
                    _ => "the files are changed in place, and only their sealed values: leave it out",
                },
            ));
        }
    }
    let not_for_paths = [
        (flags.secret_file.is_some(), "--secret-file (-f)", "name the file beside the others"),
        (flags.sealed_secret_file.is_some(), "--sealed-secret-file (-w)", "use --output-dir or --stdout"),
        (!flags.from_file.is_empty(), "--from-file", "it belongs to --raw"),
        (flags.name.is_some(), "--name", "it would give every Secret the same name: use it with -f FILE"),
    ];
    if let Some((_, name, hint)) = not_for_paths.iter().find(|(asked, ..)| *asked) {
        return Err(Failure::usage(format!("{name} does not go with files and folders")).hint(*hint));
    }
    if files.stdout && files.output_dir.is_some() {
        return Err(Failure::usage("--stdout and --output-dir cannot be used together"));
    }
    Ok(())
}

fn wish(called_as: CalledAs, flags: &Flags, kube: KubeSettings) -> Wish {
    Wish {
        called_as,
        name: flags.name.clone().filter(|name| !name.is_empty()),
        scope: flags.scope,
        kube,
        allow_empty_data: flags.allow_empty_data == Some(true),
    }
}

/// Where no certificate is named, the controller is asked.
fn certificate_from(location: Option<&str>, controller: ControllerAt) -> CertificateFrom {
    match location.filter(|location| !location.is_empty()) {
        Some(location) => CertificateFrom::Location(location.to_owned()),
        None => CertificateFrom::Cluster(Box::new(controller)),
    }
}

fn controller_at(called_as: CalledAs, flags: &Flags, kube: KubeSettings) -> ControllerAt {
    let or = |flag: &Option<String>, default: &str| flag.clone().unwrap_or_else(|| default.to_owned());
    ControllerAt {
        kube,
        namespace: or(&flags.controller_namespace, "kube-system"),
        name: or(&flags.controller_name, "sealed-secrets-controller"),
        called_as,
    }
}

fn kube_settings(flags: &KubeFlags, kubeconfig: Option<&str>, environment: KubeSettings) -> KubeSettings {
    let given = |flag: &Option<String>| flag.clone().filter(|flag| !flag.is_empty());
    KubeSettings {
        file: path(kubeconfig),
        context: flags.context.clone(),
        cluster: flags.cluster.clone(),
        user: flags.user.clone(),
        server: given(&flags.server),
        namespace: flags.namespace.as_deref().map(|namespace| bare_namespace(namespace).to_owned()),
        overrides: Overrides {
            impersonate: given(&flags.impersonate),
            as_group: flags.as_group.clone(),
            as_uid: given(&flags.as_uid),
            certificate_authority: given(&flags.certificate_authority),
            client_certificate: given(&flags.client_certificate),
            client_key: given(&flags.client_key),
            insecure_skip_tls_verify: flags.insecure_skip_tls_verify == Some(true),
            tls_server_name: given(&flags.tls_server_name),
            proxy_url: given(&flags.proxy_url),
            request_timeout: given(&flags.request_timeout),
            token: given(&flags.token).map(Into::into),
            username: given(&flags.username),
            password: given(&flags.password).map(Into::into),
        },
        ..environment
    }
}

/// kubectl lets a namespace be written as a resource: `ns/x`, `namespaces/x`.
fn bare_namespace(text: &str) -> &str {
    ["namespaces/", "namespace/", "ns/"].iter().find_map(|prefix| text.strip_prefix(prefix)).unwrap_or(text)
}

fn path(text: Option<&str>) -> Option<PathBuf> {
    text.filter(|text| !text.is_empty()).map(PathBuf::from)
}

/// The extension of the output file is stronger than the flag, even than a bad one, as kubeseal has it.
fn print_format(called_as: CalledAs, flag: Option<&str>, output: Option<&Path>) -> Result<Print, Failure> {
    let name = output.map(Path::to_string_lossy).unwrap_or_default();
    if name.ends_with(".yaml") || name.ends_with(".yml") {
        return Ok(Print::As(Format::Yaml));
    }
    match flag.map(str::to_lowercase).as_deref() {
        Some("json") => Ok(Print::As(Format::Json)),
        Some("yaml") => Ok(Print::As(Format::Yaml)),
        None | Some("") => Ok(match called_as {
            CalledAs::Kubeseal => Print::As(Format::Json),
            CalledAs::Seal => Print::AsInput,
        }),
        Some(_) => {
            let exit = if called_as == CalledAs::Kubeseal { Exit::Failed } else { Exit::Usage };
            let flag = flag.unwrap_or_default();
            let failure = Failure::new(format!("unsupported output format: {flag}"));
            Err(Failure { exit, ..failure }.hint("formats are json and yaml"))
        }
    }
}

fn report_place(place: &str) -> Result<ReportTo, Failure> {
    match place.strip_prefix("fd:") {
        None => Ok(ReportTo::File(PathBuf::from(place))),
        Some(number) => match number.parse::<u16>() {
            Ok(number) => Ok(ReportTo::Descriptor(PathBuf::from(format!("/dev/fd/{number}")))),
            Err(_) => Err(Failure::usage(format!("--report-to {place}: a number is wanted after fd:"))),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::parse;

    fn interpreted(line: &str) -> Result<Command, Failure> {
        let typed = parse(line.split_whitespace().map(Into::into).collect()).unwrap();
        interpret(typed, KubeSettings::default(), 2)
    }

    #[test]
    fn the_first_mode_wins_for_kubeseal() {
        let command = interpreted("kubeseal --raw --recovery-unseal --validate").unwrap();
        assert!(matches!(command, Command::Recover(_)));
        let command = interpreted("kubeseal --raw --fetch-cert --cert c").unwrap();
        assert!(matches!(command, Command::FetchCertificate(_)));
    }

    #[test]
    fn seal_refuses_two_modes() {
        let failure = interpreted("seal --raw --fetch-cert").unwrap_err();
        assert_eq!(
            (failure.what.as_str(), failure.exit),
            ("--raw and --fetch-cert cannot be used together", Exit::Usage)
        );
    }

    #[test]
    fn paths_are_sealed_by_seal_and_ignored_by_kubeseal() {
        assert!(matches!(interpreted("seal --cert c a.yaml"), Ok(Command::SealPaths(_))));
        assert!(matches!(interpreted("kubeseal --cert c a.yaml"), Ok(Command::Seal(_))));
    }

    #[test]
    fn the_output_file_decides_the_format() {
        let Command::Seal(seal) = interpreted("kubeseal -o xml -w x.yaml").unwrap() else { panic!() };
        assert_eq!(seal.print, Print::As(Format::Yaml));
        let Command::Seal(seal) = interpreted("kubeseal -w x.YAML").unwrap() else { panic!() };
        assert_eq!(seal.print, Print::As(Format::Json));
        assert_eq!(interpreted("kubeseal -o xml").unwrap_err().exit, Exit::Failed);
        assert_eq!(interpreted("seal -o xml").unwrap_err().exit, Exit::Usage);
    }

    #[test]
    fn a_report_needs_a_place_of_its_own() {
        assert!(interpreted("seal a --cert c --stdout --report json").is_err());
        assert!(interpreted("seal a --cert c --stdout --report json --report-to fd:3").is_ok());
        assert!(interpreted("seal a --cert c --report json --report-to fd:x").is_err());
    }

    #[test]
    fn namespaces_may_be_written_as_resources() {
        assert_eq!(bare_namespace("ns/x"), "x");
        assert_eq!(bare_namespace("pods/x"), "pods/x");
    }
}
