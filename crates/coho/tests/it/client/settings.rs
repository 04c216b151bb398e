//! Where the endpoint and the key come from.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use coho_testkit::Server;

use super::User;
use crate::fixture::options;

/// Writes a file of the user that only they can read.
fn write(user: &User, name: &str, text: &str) {
    let path = user.home().join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, text).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
}

/// The value and the source of a setting.
fn shown(user: &User, args: &[&str], setting: &str) -> (String, String) {
    let done = user.run(&[&["profile", "show", "--output", "json"], args].concat()).expect(0);
    assert!(!done.out.contains("hunter2") && !done.err.contains("hunter2"), "{done:?}");
    let json = done.json();
    let found = json.as_array().unwrap().iter().find(|entry| entry["setting"] == setting).unwrap().clone();
    let text = |name: &str| found[name].as_str().unwrap_or("none").to_owned();
    (text("value"), text("source"))
}

const CONFIG: &str = "default_profile = 'work'\n\
    [profile.work]\nendpoint = 'https://work.example.com'\naccess_key_id = 'workkey'\naccess_key_secret = 'hunter2'\n\
    [profile.other]\nendpoint = 'https://other.example.com'\nregion = 'cn-other'\naccess_key_id = 'otherkey'\naccess_key_secret = 'hunter2'\n";

#[test]
fn sources_count_in_the_documented_order() {
    let user = User::new();
    assert_eq!(shown(&user, &[], "endpoint").0, "none");
    write(
        &user,
        ".ossutilconfig",
        "[Credentials]\nendpoint=http://util.example.com\naccessKeyID=utilkey\naccessKeySecret=hunter2\n\
        [profile two]\nendpoint=http://two.example.com\naccessKeyId=twokey\naccessKeySecret=hunter2\n",
    );
    assert_eq!(shown(&user, &[], "endpoint").0, "http://util.example.com");
    assert!(shown(&user, &[], "access_key_id").1.contains("[credentials]"));
    write(&user, ".config/coho/config.toml", CONFIG);
    assert_eq!(shown(&user, &[], "endpoint").0, "https://work.example.com");
    assert_eq!(shown(&user, &[], "access_key_secret").0, "set");
    assert_eq!(shown(&user, &["--profile", "two"], "access_key_id").0, "twokey");
    let user = user.variable("COHO_PROFILE", "other");
    assert_eq!(shown(&user, &[], "region").0, "cn-other");
    let user = user.variable("OSS_ENDPOINT", "http://var.example.com");
    assert_eq!(shown(&user, &[], "endpoint"), ("http://var.example.com".into(), "OSS_* variables".into()));
    assert_eq!(shown(&user, &[], "access_key_id").0, "otherkey");
    assert_eq!(shown(&user, &["--profile", "work"], "endpoint").0, "https://work.example.com");
    assert_eq!(shown(&user, &["--profile", "work", "--endpoint", "http://opt"], "endpoint").1, "option");
    user.run(&["profile", "show", "--profile", "missing"]).expect(1);
    let listed = user.run(&["profile", "ls", "--output", "json"]).expect(0).json();
    let names: Vec<_> = listed.as_array().unwrap().iter().map(|profile| profile["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["other", "work", "credentials", "two"]);
    assert_eq!(listed[1]["is_default"], true);
}

#[test]
fn a_configuration_folder_of_its_own_is_honoured() {
    let user = User::new();
    let elsewhere = user.home().join("elsewhere");
    write(&user, "elsewhere/coho/config.toml", CONFIG);
    let user = user.variable("XDG_CONFIG_HOME", elsewhere.to_str().unwrap());
    assert_eq!(shown(&user, &[], "access_key_id").0, "workkey");
    let relative = User::new().variable("XDG_CONFIG_HOME", "elsewhere");
    write(&relative, "elsewhere/coho/config.toml", CONFIG);
    assert_eq!(shown(&relative, &[], "access_key_id").0, "none");
}

#[test]
fn half_a_key_and_an_open_file_are_told() {
    let user = User::new().variable("OSS_ACCESS_KEY_ID", "id");
    let half = user.run(&["profile", "show"]).expect(1);
    assert!(half.err.contains("both its id and its secret"), "{half:?}");
    let user = User::new();
    write(&user, ".config/coho/config.toml", CONFIG);
    assert_eq!(user.run(&["profile", "show"]).expect(0).err, "");
    fs::set_permissions(user.home().join(".config/coho/config.toml"), fs::Permissions::from_mode(0o644)).unwrap();
    let open = user.run(&["profile", "show"]).expect(0);
    assert!(open.err.contains("other users can read") && open.err.contains("chmod 600"), "{open:?}");
    write(&user, ".config/coho/config.toml", "[profile.p]\nsecret = 'hunter2'\n");
    let wrong = user.run(&["bucket", "ls"]).expect(1);
    assert!(wrong.err.contains("line 2") && !wrong.err.contains("hunter2"), "{wrong:?}");
}

#[test]
fn a_local_store_needs_no_configuration() {
    let server = Server::start(options().generated_credentials()).unwrap();
    let user = User::new();
    let dir = server.data_dir().to_str().unwrap();
    user.run(&["bucket", "create", "photos", "--data-dir", dir]).expect(0);
    assert!(user.run(&["bucket", "ls", "--data-dir", dir]).expect(0).out.contains("photos"));
    write(&user, ".config/coho/config.toml", &format!("[profile.local]\ndata_dir = '{dir}'\n"));
    user.run(&["object", "ls", "oss://photos", "--profile", "local"]).expect(0);
    user.run(&["status", "--profile", "local"]).expect(0);
    let user = user.variable("COHO_DATA_DIR", dir);
    user.run(&["object", "ls", "oss://photos"]).expect(0);
    user.run(&["status"]).expect(0);
    // The key of the local store is sent to no other.
    assert_eq!(shown(&user, &["--endpoint", "http://127.0.0.1:1"], "access_key_id").0, "none");
    let elsewhere = user.run(&["bucket", "ls", "--data-dir", "nowhere"]).expect(1);
    assert!(elsewhere.err.contains("running store"), "{elsewhere:?}");
}

#[test]
fn temporary_keys_work() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("keys.toml");
    let text = "[[credentials]]\naccess_key_id = \"STS.temp\"\naccess_key_secret = \"s2\"\nowner = \"1001\"\nsecurity_token = \"token+/==\"\n";
    fs::write(&file, text).unwrap();
    let server =
        Server::start(options().generated_credentials().flag("--credentials-file", file.to_str().unwrap())).unwrap();
    let user = User::new()
        .variable("OSS_ENDPOINT", &format!("http://{}", server.endpoint()))
        .variable("OSS_ACCESS_KEY_ID", "STS.temp")
        .variable("OSS_ACCESS_KEY_SECRET", "s2");
    user.run(&["bucket", "ls"]).expect(4);
    let user = user.variable("OSS_SESSION_TOKEN", "token+/==");
    user.run(&["bucket", "create", "photos"]).expect(0);
}
