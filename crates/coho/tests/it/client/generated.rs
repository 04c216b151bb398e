//! Completions and manual pages.

use std::fs;

use super::User;

#[test]
fn completions_and_manual_pages_know_every_command() {
    let user = User::new();
    for (shell, mark) in [("bash", "complete -F _coho"), ("zsh", "#compdef coho"), ("fish", "complete -c coho")] {
        let script = user.run(&["completions", shell]).expect(0).out;
        assert!(script.contains(mark) && script.contains("rollback") && script.contains("dry-run"), "{shell}");
    }
    user.run(&["completions", "cmd"]).expect(2);
    user.run(&["man", "pages/man1"]).expect(0);
    let page = |name: &str| fs::read_to_string(user.home().join("pages/man1").join(name)).unwrap();
    assert!(page("coho.1").contains("An object store"));
    for name in ["coho-serve.1", "coho-object-rm.1", "coho-website-history.1"] {
        assert!(page(name).contains(".SH OPTIONS"), "{name}");
    }
    fs::write(user.home().join("file"), "").unwrap();
    user.run(&["man", "file/x"]).expect(1);
}
