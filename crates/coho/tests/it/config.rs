//! Starting with bad settings, and `--mirror` on a bucket that has a configuration already.

use std::fs;
use std::process::{Command, Output};

use coho_testkit::oss::{Scheme, expect};
use coho_testkit::{Oss, Script, Server};

use crate::fixture::{BINARY, Mirror, SITE, mirror_rule, options};

fn run(args: &[&str]) -> Output {
    Command::new(BINARY).args(args).env_remove("COHO_CONFIG").output().unwrap()
}

fn output_text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// The binary refuses these arguments of `serve` and names what is wrong.
#[track_caller]
fn check_refused(args: &[&str], named: &str) {
    let dir = tempfile::tempdir().unwrap();
    let data_dir = dir.path().join("data");
    let fixed =
        ["serve", "--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0", "--console-listen", "off", "--data-dir"];
    let mut all = fixed.to_vec();
    all.push(data_dir.to_str().unwrap());
    all.extend(args);
    let output = run(&all);
    let text = output_text(&output);
    assert!(!output.status.success(), "{args:?} is accepted: {text}");
    assert!(text.contains(named), "{args:?}: {text}");
    assert!(!text.contains("panicked"), "{text}");
}

#[test]
fn bad_arguments_are_refused_by_name() {
    check_refused(&["--no-such-flag"], "--no-such-flag");
    check_refused(&["--listen", "nowhere"], "nowhere");
    check_refused(&["--origin-allow", "300.0.0.0/8"], "300.0.0.0/8");
    check_refused(&["--mirror", "site"], "site");
    check_refused(&["--mirror", "NotABucket=http://127.0.0.1/"], "NotABucket");
    check_refused(&["--mirror", "site=ftp://127.0.0.1/"], "ftp");
    check_refused(&["--config", "/nonexistent/coho.toml"], "/nonexistent/coho.toml");
    check_refused(&["--credentials-file", "/nonexistent/keys.toml"], "/nonexistent/keys.toml");
}

#[test]
fn a_mirror_url_without_the_final_slash_is_an_error_that_says_so() {
    check_refused(&["--mirror", "site=http://127.0.0.1/path"], "http://127.0.0.1/path");
    check_refused(&["--mirror", "site=http://127.0.0.1/path"], "/");
}

#[test]
fn config_check_points_at_line_and_column() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("coho.toml");
    for (text, line, column) in [
        ("region = \"cn-hangzhou\"\n\nno_such_key = 1\n", 3, 1),
        ("region = 7\n", 1, 10),
        ("region = \"cn-hangzhou\n", 1, 22),
        ("region = \"cn-hangzhou\"\n[origin]\nidle_timeout_ms = 0\n", 3, 19),
        ("mirror = [\"site=http://h/path\"]\n", 1, 10),
        ("log = \"=,\"\n", 1, 7),
        ("credentials_file = \"/nonexistent\"\n", 1, 20),
    ] {
        fs::write(&file, text).unwrap();
        let output = run(&["config", "check", "--config", file.to_str().unwrap()]);
        let shown = output_text(&output);
        assert!(!output.status.success(), "{text:?} is accepted: {shown}");
        let places = [format!("line {line}, column {column}"), format!(":{line}:{column}")];
        assert!(places.iter().any(|place| shown.contains(place)), "{text:?}: {shown}");
        assert!(shown.contains("coho.toml"), "{shown}");
    }
    fs::write(&file, "region = \"cn-hangzhou\"\n").unwrap();
    let output = run(&["config", "check", "--config", file.to_str().unwrap()]);
    assert!(output.status.success(), "{}", output_text(&output));
}

#[test]
fn config_check_reports_every_fault() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("coho.toml");
    fs::write(&file, "region = \"oss-cn-hangzhou\"\nlisten = [\"nowhere\"]\nx = 1\n\n[storage]\nopen_files = 0\n")
        .unwrap();
    let shown = output_text(&run(&["config", "check", file.to_str().unwrap()]));
    for expected in [
        "line 1, column 10: region",
        "\"cn-hangzhou\"",
        "line 2, column 10: listen",
        "line 3, column 1: x",
        "at least 1 file",
    ] {
        assert!(shown.contains(expected), "{expected}: {shown}");
    }
    let json = run(&["config", "check", file.to_str().unwrap(), "--output", "json"]);
    let json: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
    assert_eq!((json["faults"].as_array().unwrap().len(), &json["faults"][0]["line"]), (4, &1.into()), "{json}");
}

#[test]
fn a_start_that_is_a_mistake_says_why() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    check_refused(&["--log", "verbose"], "neither a level");
    check_refused(&["--log", "coho_orign=debug"], "did you mean coho_origin?");
    check_refused(&["--region", "oss-cn-beijing"], "the region is \"cn-beijing\"");
    check_refused(&["--console-host", "1.2.3.4"], "console_host: \"1.2.3.4\" is not a host name");
    const OPTIONS: [&str; 3] = ["--listen", "--admin-listen", "--console-listen"];
    for option in OPTIONS {
        let dir = tempfile::tempdir().unwrap();
        let data_dir = dir.path().join("d");
        let addresses = OPTIONS.map(|other| [other, if other == option { &address } else { "127.0.0.1:0" }]);
        let mut args = vec!["serve", "--data-dir", data_dir.to_str().unwrap()];
        args.extend(addresses.as_flattened());
        let output = run(&args);
        let text = output_text(&output);
        assert!(!output.status.success() && text.contains(&format!("with {option}:")), "{text}");
    }
}

#[test]
fn a_foreign_folder_is_refused_and_untouched() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("thesis.tex"), "x").unwrap();
    let path = dir.path().to_str().unwrap();
    let output = run(&["serve", "--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0", "--data-dir", path]);
    let text = output_text(&output);
    assert!(!output.status.success() && text.contains("thesis.tex") && text.contains("--data-dir"), "{text}");
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
}

#[test]
fn a_credentials_file_that_others_can_read_is_a_warning() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("keys.toml");
    fs::write(&file, "[[credentials]]\naccess_key_id = \"id\"\naccess_key_secret = \"secret\"\n").unwrap();
    for (mode, warns) in [(0o644, true), (0o640, true), (0o600, false)] {
        fs::set_permissions(&file, fs::Permissions::from_mode(mode)).unwrap();
        let server = Server::start(options().flag("--credentials-file", file.to_str().unwrap())).unwrap();
        if warns {
            server.wait_for_log("chmod 600");
        }
        // It is logged before the store serves, and this line after it.
        server.wait_for_log("started");
        assert_eq!(server.log().contains("chmod 600"), warns, "{mode:o}: {}", server.log());
    }
}

#[test]
fn a_mirror_flag_that_is_not_applied_shows_both_urls_and_the_command() {
    let mut mirror = Mirror::start();
    let old = mirror.origin.url("/old/");
    let site = format!("{SITE}=http://127.0.0.1:1/new/");
    let twice = ["other=http://127.0.0.1:1/a/", "other=http://127.0.0.1:1/b/"];
    let options = options().flag("--mirror", &site).flag("--mirror", twice[0]).flag("--mirror", twice[1]);
    mirror.server.restart_with(options).unwrap();
    let said = mirror.server.introduction().join("\n");
    for expected in [
        &*old,
        "http://127.0.0.1:1/new/",
        "coho website delete site --data-dir",
        "other <- http://127.0.0.1:1/a/",
        "http://127.0.0.1:1/b/",
    ] {
        assert!(said.contains(expected), "{expected}: {said}");
    }
    mirror.server.wait_for_log("--mirror is not applied");
    let log = mirror.server.log();
    assert!(log.contains("--mirror is not applied") && log.contains(&old) && log.contains("1:1/new/"), "{log}");
}

#[test]
fn help_names_the_flags() {
    let output = run(&["serve", "--help"]);
    let text = output_text(&output);
    assert!(output.status.success());
    for flag in [
        "--data-dir",
        "--listen",
        "--admin-listen",
        "--console-listen",
        "--console-host",
        "--base-domain",
        "--region",
        "--origin-allow",
        "--mirror",
        "--config",
        "--credentials-file",
    ] {
        assert!(text.contains(flag), "{flag} is missing: {text}");
    }
}

#[test]
fn a_file_and_a_variable_set_what_a_flag_sets() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("coho.toml");
    fs::write(&file, "region = \"eu-central-1\"\n").unwrap();
    let location = |server: &Server| {
        let oss = Oss::new(server).scheme(Scheme::V1);
        oss.put_bucket("bucket-b", "private");
        let answer = oss.call(oss.request("GET", "/?prefix=bucket-b"));
        expect(200, &answer);
        answer.element("Region").unwrap()
    };
    let from_file = || options().flag("--config", file.to_str().unwrap());
    assert_eq!(location(&Server::start(from_file()).unwrap()), "eu-central-1");
    let env = from_file().env("COHO_REGION", "us-west-1");
    assert_eq!(location(&Server::start(env).unwrap()), "us-west-1");
    let flag = from_file().env("COHO_REGION", "us-west-1").flag("--region", "cn-beijing");
    assert_eq!(location(&Server::start(flag).unwrap()), "cn-beijing");
}

#[test]
fn a_second_start_with_mirror_keeps_the_stored_configuration() {
    let mut mirror = Mirror::start();
    let own = mirror_rule("own/", &mirror.origin.url("/own/"));
    expect(200, &mirror.oss.put_website(SITE, &own));
    let get = |oss: &Oss| oss.call(oss.request("GET", &format!("/{SITE}/?website"))).text();
    let before = get(&mirror.oss);
    mirror.server.restart().unwrap();
    mirror.oss = Oss::new(&mirror.server);
    assert_eq!(get(&mirror.oss), before);
    assert!(before.contains("own/"), "{before}");
    // The flag's address stays admitted for a rule that came through the API.
    mirror.origin.route("/own/own/a", Script::ok("own"));
    assert_eq!(mirror.get("own/a").body, b"own");
}

#[test]
fn mirror_makes_the_bucket_public_read_with_one_rule() {
    let mirror = Mirror::start();
    let acl = mirror.oss.call(mirror.oss.request("GET", &format!("/{SITE}/?acl")));
    assert_eq!(acl.element("Grant").as_deref(), Some("public-read"));
    let website = mirror.oss.call(mirror.oss.request("GET", &format!("/{SITE}/?website")));
    expect(200, &website);
    assert_eq!(website.text().matches("<RoutingRule>").count(), 1);
    assert_eq!(website.element("MirrorURL"), Some(mirror.origin.url("/old/")));
}
