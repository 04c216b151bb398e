//! `coho bucket`.

use super::store;

#[test]
fn a_bucket_is_created_shown_changed_and_removed() {
    let (_server, oss, user) = store();
    user.run(&["bucket", "create", "oss://photos", "--acl", "public-read", "--storage-class", "IA"]).expect(0);
    user.run(&["bucket", "create", "second"]).expect(0);
    let listed = user.run(&["bucket", "ls", "--output", "json"]).expect(0).json();
    let names: Vec<_> = listed.as_array().unwrap().iter().map(|bucket| bucket["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["photos", "second"]);
    assert_eq!((&listed[0]["storage_class"], &listed[0]["region"]), (&"IA".into(), &"cn-hangzhou".into()));
    assert!(user.run(&["bucket", "ls", "--prefix", "s"]).expect(0).out.trim_end().ends_with("second"));

    oss.put("photos", "a", b"abc");
    let stat = user.run(&["bucket", "stat", "photos", "--output", "json"]).expect(0).json();
    assert_eq!((&stat["objects"], &stat["bytes"], &stat["acl"]), (&1.into(), &3.into(), &"public-read".into()));
    assert_eq!((&stat["mirrored_objects"], &stat["written_bytes"]), (&0.into(), &3.into()));
    let lines = user.run(&["bucket", "stat", "photos"]).expect(0).out;
    for line in ["bytes: 3 (3 B)\n", "mirrored_bytes: 0 (0 B)\n", "written_objects: 1\n", "written_bytes: 3 (3 B)\n"] {
        assert!(lines.contains(line), "{lines}");
    }

    assert_eq!(user.run(&["bucket", "acl", "photos"]).expect(0).out, "public-read\n");
    user.run(&["bucket", "acl", "photos", "private"]).expect(0);
    assert_eq!(user.run(&["bucket", "acl", "photos"]).expect(0).out, "private\n");

    user.run(&["bucket", "tag", "set", "photos", "team=blue", "cost=1", "x"]).expect(0);
    user.run(&["bucket", "tag", "rm", "photos", "x"]).expect(0);
    assert_eq!(user.run(&["bucket", "tag", "get", "oss://photos"]).expect(0).out, "cost: 1\nteam: blue\n");
    user.run(&["bucket", "tag", "rm", "photos"]).expect(0);
    assert_eq!(user.run(&["bucket", "tag", "get", "photos", "--output", "json"]).expect(0).out, "{}\n");
    let refused = user.run(&["bucket", "tag", "set", "photos", "aliyun=1"]).expect(1);
    assert!(refused.err.contains("is not a key of a tag"), "{refused:?}");

    let refused = user.run(&["bucket", "rm", "photos"]).expect(1);
    assert!(refused.err.contains("BucketNotEmpty"), "{refused:?}");
    user.run(&["bucket", "rm", "second"]).expect(0);
    user.run(&["bucket", "stat", "second"]).expect(3);
}

#[test]
fn a_list_of_any_length_has_every_form() {
    let (_server, oss, user) = store();
    assert_eq!(user.run(&["bucket", "ls"]).expect(0).out, "");
    assert_eq!(user.run(&["bucket", "ls", "--output", "json"]).expect(0).out, "[]\n");
    assert_eq!(user.run(&["bucket", "ls", "--output", "yaml"]).expect(0).out, "[]\n");
    oss.put_bucket("bucket-one", "private");
    oss.put_bucket("bucket-two", "private");
    let yaml = user.run(&["bucket", "ls", "--output", "yaml"]).expect(0).out;
    assert!(
        yaml.starts_with("- ") && yaml.matches("\n- ").count() == 1 && yaml.contains("name: bucket-two\n"),
        "{yaml}"
    );
    assert_eq!(user.run(&["bucket", "ls"]).expect(0).out.lines().count(), 2);
}

#[test]
fn a_wrong_name_is_a_mistake_of_usage() {
    let (_server, _oss, user) = store();
    for wrong in ["A", "oss://photos/key", "oss://"] {
        user.run(&["bucket", "stat", wrong]).expect(2);
    }
    user.run(&["bucket", "create", "photos", "--acl", "everyone"]).expect(2);
}

#[test]
fn a_configuration_is_set_shown_and_removed_as_the_document_that_it_is() {
    let (_server, oss, user) = store();
    oss.put_bucket("photos", "private");
    let policy =
        "{ \"Version\": \"1\", \"Statement\": [{\"Effect\":\"Deny\",\"Action\":\"oss:*\",\"Resource\":\"*\"}] }";
    std::fs::write(user.home().join("policy.json"), policy).unwrap();
    user.run(&["bucket", "config", "set", "oss://photos", "policy", "policy.json"]).expect(0);
    assert_eq!(user.run(&["bucket", "config", "get", "photos", "policy"]).expect(0).out.trim_end(), policy);
    user.run(&["bucket", "config", "rm", "photos", "policy"]).expect(0);
    user.run(&["bucket", "config", "get", "photos", "policy"]).expect(3);
    std::fs::write(user.home().join("bad.json"), "{}").unwrap();
    let refused = user.run(&["bucket", "config", "set", "photos", "policy", "bad.json"]).expect(1);
    assert!(refused.err.contains("InvalidPolicyDocument") && refused.err.contains("Version"), "{refused:?}");
    user.run(&["bucket", "config", "set", "photos", "policy", "missing.json"]).expect(1);
    user.run(&["bucket", "config", "rm", "photos", "referer"]).expect(1);
    user.run(&["bucket", "config", "get", "photos", "everything"]).expect(2);
}
