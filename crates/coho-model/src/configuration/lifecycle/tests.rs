use super::*;
use crate::ObjectType;
use StorageClass::{Archive, ColdArchive, Ia, Standard};
use proptest::prelude::*;

const DAY: i64 = 86_400_000;
const HOUR: i64 = 3_600_000;

fn at(ms: i64) -> Timestamp {
    Timestamp::from_unix_ms(ms)
}

fn rule(id: &str, prefix: &str) -> LifecycleRule {
    LifecycleRule { id: id.into(), prefix: prefix.into(), is_enabled: true, ..LifecycleRule::default() }
}

fn to(days: u32, storage_class: StorageClass) -> LifecycleTransition {
    LifecycleTransition { time: LifecycleTime::Days(days), storage_class, says_modified_time: false }
}

fn expires(id: &str, prefix: &str, days: u32) -> LifecycleRule {
    LifecycleRule { expiration: Some(LifecycleTime::Days(days)), ..rule(id, prefix) }
}

fn moves(id: &str, prefix: &str, days: u32, class: StorageClass) -> LifecycleRule {
    LifecycleRule { transitions: vec![to(days, class)], ..rule(id, prefix) }
}

fn tags(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(key, value)| ((*key).into(), (*value).into())).collect()
}

fn not(prefix: &str, tag: Option<(&str, &str)>) -> LifecycleNot {
    LifecycleNot { prefix: prefix.into(), tag: tag.map(|(key, value)| (key.into(), value.into())) }
}

/// An object of 100 bytes that was written at noon of day 0.
fn subject<'a>(key: &'a str, tags: &'a [(String, String)]) -> LifecycleSubject<'a> {
    LifecycleSubject {
        key,
        size: 100,
        modified: at(12 * HOUR),
        object_type: ObjectType::Normal,
        is_sealed: false,
        storage_class: Standard,
        tags: Some(tags),
    }
}

/// The action at noon of that day: the rule, and the class or `gone`.
fn action(rules: &[LifecycleRule], subject: &LifecycleSubject<'_>, day: i64) -> Option<(String, &'static str)> {
    let lifecycle = Lifecycle { rules: rules.to_vec() };
    let action = lifecycle.action(subject, at(day * DAY + 12 * HOUR));
    let may_act = lifecycle.may_act(&LifecycleSubject { tags: None, ..*subject }, at(day * DAY + 12 * HOUR));
    assert!(may_act || action.is_none(), "a first look misses nothing");
    action.map(|action| match action {
        LifecycleAction::Expire(due) => (due.rule.id.clone(), "gone"),
        LifecycleAction::Transition(due, class) => (due.rule.id.clone(), class.as_str()),
    })
}

#[test]
fn days_count_from_the_midnight_in_utc_after_the_change() {
    for (modified, days, due) in [
        (0, 1, DAY),
        (1, 1, 2 * DAY),
        (12 * HOUR, 1, 2 * DAY),
        (DAY - 1, 1, 2 * DAY),
        (DAY, 1, 2 * DAY),
        (12 * HOUR, 30, 31 * DAY),
    ] {
        assert_eq!(LifecycleTime::Days(days).due(at(modified)), Some(at(due)), "{modified} + {days}");
    }
    let before = LifecycleTime::CreatedBefore(at(DAY));
    assert_eq!(before.due(at(DAY - 1)), Some(at(DAY)));
    assert_eq!(before.due(at(DAY)), None, "what was changed at the date or later stays");
    assert_eq!(LifecycleTime::Date(at(DAY)).due(at(2 * DAY)), Some(at(DAY)));
    // OSS's example: written at 23:00 in Beijing, which is 15:00 in UTC.
    let written = Timestamp::parse_iso8601("2022-10-27T15:00:00.000Z").unwrap();
    assert_eq!(LifecycleTime::Days(30).due(written).unwrap().iso8601(), "2022-11-27T00:00:00.000Z");
}

#[test]
fn one_rule_acts_on_an_object_at_its_time() {
    let (none, one_tag) = (Vec::new(), tags(&[("a", "1"), ("b", "2")]));
    let plain = subject("logs/x", &none);
    let tagged = subject("logs/x", &one_tag);
    let cold = LifecycleSubject { storage_class: Archive, ..plain };
    let appendable = LifecycleSubject { object_type: ObjectType::Appendable, ..plain };
    let sealed = LifecycleSubject { is_sealed: true, ..appendable };
    let disabled = LifecycleRule { is_enabled: false, ..expires("r", "", 1) };
    let with_tags = |pairs| LifecycleRule { tags: tags(pairs), ..expires("r", "", 1) };
    let sized = |larger_than, smaller_than| LifecycleRule { larger_than, smaller_than, ..expires("r", "", 1) };
    let but = |not| LifecycleRule { not: vec![not], ..expires("r", "", 1) };
    let staged = LifecycleRule {
        transitions: vec![to(10, Ia), to(20, Archive)],
        expiration: Some(LifecycleTime::Days(30)),
        ..rule("r", "")
    };
    for (rule, subject, day, expected) in [
        (expires("r", "logs/", 1), plain, 1, None),
        (expires("r", "logs/", 1), plain, 2, Some("gone")),
        (expires("r", "log", 1), plain, 2, Some("gone")),
        (expires("r", "docs/", 1), plain, 9, None),
        (disabled, plain, 9, None),
        (with_tags(&[("a", "1")]), plain, 9, None),
        (with_tags(&[("a", "1")]), tagged, 9, Some("gone")),
        (with_tags(&[("a", "1"), ("b", "2")]), tagged, 9, Some("gone")),
        (with_tags(&[("a", "1"), ("c", "2")]), tagged, 9, None),
        (with_tags(&[("a", "2")]), tagged, 9, None),
        (sized(Some(99), None), plain, 9, Some("gone")),
        (sized(Some(100), None), plain, 9, None),
        (sized(None, Some(101)), plain, 9, Some("gone")),
        (sized(None, Some(100)), plain, 9, None),
        (sized(Some(10), Some(200)), plain, 9, Some("gone")),
        (but(not("logs/", None)), plain, 9, None),
        (but(not("docs/", None)), plain, 9, Some("gone")),
        (but(not("logs/", Some(("a", "1")))), plain, 9, Some("gone")),
        (but(not("logs/", Some(("a", "1")))), tagged, 9, None),
        (but(not("docs/", Some(("a", "1")))), tagged, 9, Some("gone")),
        (staged.clone(), plain, 10, None),
        (staged.clone(), plain, 11, Some("IA")),
        (staged.clone(), plain, 21, Some("Archive")),
        (staged.clone(), plain, 31, Some("gone")),
        (staged.clone(), LifecycleSubject { storage_class: Ia, ..plain }, 11, None),
        (staged.clone(), LifecycleSubject { storage_class: Ia, ..plain }, 21, Some("Archive")),
        (staged.clone(), cold, 30, None),
        (moves("r", "", 1, Archive), appendable, 9, Some("Archive")),
        (moves("r", "", 1, ColdArchive), appendable, 9, None),
        (moves("r", "", 1, ColdArchive), sealed, 9, Some("ColdArchive")),
        (moves("r", "", 1, Ia), cold, 9, None),
        (moves("r", "", 1, ColdArchive), cold, 9, Some("ColdArchive")),
    ] {
        let acted = action(std::slice::from_ref(&rule), &subject, day).map(|(_, what)| what);
        assert_eq!(acted, expected, "{rule:?} on {subject:?} on day {day}");
    }
}

#[test]
fn of_several_rules_the_one_with_the_longest_prefix_holds() {
    let (none, one_tag) = (Vec::new(), tags(&[("a", "1")]));
    let tagged = |rule| LifecycleRule { tags: tags(&[("a", "1")]), ..rule };
    let both = tags(&[("key1", "value1"), ("key2", "value2")]);
    let but = |rule, tag| LifecycleRule { not: vec![not("", Some(tag))], ..rule };
    // OSS's documentation shows these.
    let nested = [expires("1", "dir1/", 180), expires("2", "dir1/dir2/", 30)];
    let apart = [
        but(expires("1", "", 30), ("key1", "value1")),
        LifecycleRule { tags: tags(&[("key2", "value2")]), ..expires("2", "", 50) },
    ];
    let mixed = [tagged(moves("1", "", 10, Ia)), tagged(expires("2", "abc", 120))];
    let colder = [tagged(moves("3", "", 20, Archive)), tagged(moves("4", "abc", 30, Ia))];
    let same = [tagged(expires("1", "abc", 20)), tagged(moves("2", "abc", 20, Archive))];
    for (rules, key, tags, day, expected) in [
        (&nested[..], "dir1/dir2/x", &none, 31, Some(("2", "gone"))),
        (&nested, "dir1/x", &none, 180, None),
        (&nested, "dir1/x", &none, 181, Some(("1", "gone"))),
        // The longer prefix holds also if its time is later.
        (&[expires("1", "", 1), expires("2", "a/", 9)], "a/x", &none, 5, None),
        (&[expires("1", "", 1), expires("2", "a/", 9)], "b/x", &none, 5, Some(("1", "gone"))),
        (&apart, "x", &none, 31, Some(("1", "gone"))),
        (&apart, "x", &both, 50, None),
        (&apart, "x", &both, 51, Some(("2", "gone"))),
        (&mixed, "abc", &one_tag, 11, Some(("1", "IA"))),
        (&mixed, "abc", &one_tag, 121, Some(("2", "gone"))),
        (&mixed, "b", &one_tag, 121, Some(("1", "IA"))),
        (&colder, "abc", &one_tag, 21, Some(("3", "Archive"))),
        (&colder, "abc", &one_tag, 99, Some(("3", "Archive"))),
        (&same, "abc", &one_tag, 21, Some(("1", "gone"))),
    ] {
        let acted = action(rules, &subject(key, tags), day);
        let acted = acted.as_ref().map(|(rule, what)| (rule.as_str(), *what));
        assert_eq!(acted, expected, "{key} with {tags:?} on day {day} by {rules:?}");
    }
}

#[test]
fn a_noncurrent_version_counts_its_days_from_when_a_newer_one_came() {
    let gone_after = expires;
    let one_tag = tags(&[("a", "1")]);
    let expires =
        |id: &str, prefix: &str, days| LifecycleRule { noncurrent_expiration: Some(days), ..rule(id, prefix) };
    let moves = |days, storage_class| LifecycleRule {
        noncurrent_transitions: vec![NoncurrentTransition { days, storage_class, says_modified_time: false }],
        ..rule("m", "")
    };
    let both = LifecycleRule { noncurrent_expiration: Some(9), ..moves(3, Ia) };
    let tagged = LifecycleRule { tags: tags(&[("b", "2")]), ..expires("r", "", 1) };
    let markers = LifecycleRule { removes_markers: true, ..rule("d", "logs/") };
    let disabled = LifecycleRule { is_enabled: false, ..expires("r", "", 1) };
    for (rules, since, day, expected) in [
        (vec![expires("r", "logs/", 3)], 5, 8, None),
        (vec![expires("r", "logs/", 3)], 5, 9, Some(("r", "gone"))),
        (vec![expires("r", "logs/", 3)], 0, 4, Some(("r", "gone"))),
        (vec![expires("r", "docs/", 3)], 0, 99, None),
        (vec![disabled], 0, 99, None),
        (vec![tagged], 0, 99, None),
        (vec![expires("1", "", 1), expires("2", "logs/", 9)], 0, 5, None),
        (vec![both.clone()], 0, 3, None),
        (vec![both.clone()], 0, 4, Some(("m", "IA"))),
        (vec![both], 0, 10, Some(("m", "gone"))),
        (vec![gone_after("r", "", 1), moves(1, Archive)], 0, 2, Some(("m", "Archive"))),
        (vec![gone_after("r", "", 1), markers.clone()], 0, 99, None),
    ] {
        let lifecycle = Lifecycle { rules };
        let version = subject("logs/x", &one_tag).noncurrent_since(at(since * DAY + 12 * HOUR));
        let now = at(day * DAY + 12 * HOUR);
        let found = lifecycle.noncurrent_action(&version, now).map(|action| match action {
            LifecycleAction::Expire(due) => (due.rule.id.as_str(), "gone"),
            LifecycleAction::Transition(due, class) => (due.rule.id.as_str(), class.as_str()),
        });
        assert_eq!(found, expected, "{lifecycle:?} since {since} on day {day}");
        let first_look = LifecycleSubject { tags: None, ..version };
        assert!(lifecycle.may_act_on_noncurrent(&first_look, now) || expected.is_none(), "{lifecycle:?}");
        assert!(expected.is_none() || lifecycle.acts_on_versions(), "{lifecycle:?}");
    }
    let sized = LifecycleRule { larger_than: Some(1), ..markers.clone() };
    let with_tags = LifecycleRule { tags: one_tag, ..markers.clone() };
    for (rule, key, expected) in [
        (markers.clone(), "logs/x", true),
        (markers, "docs/x", false),
        (sized, "logs/x", false),
        (with_tags, "logs/x", false),
        (gone_after("r", "", 1), "logs/x", false),
    ] {
        let lifecycle = Lifecycle { rules: vec![rule] };
        let due = lifecycle.marker_removal(&crate::ObjectKey::parse(key).unwrap(), at(7)).map(|due| due.at);
        assert_eq!(due, expected.then_some(at(7)), "{lifecycle:?}");
    }
}

#[test]
fn an_upload_is_aborted_by_its_age_whatever_its_size() {
    let aborts = |prefix, days| LifecycleRule { abort_uploads: Some(LifecycleTime::Days(days)), ..rule("r", prefix) };
    let lifecycle = Lifecycle { rules: vec![aborts("a/", 3), expires("x", "", 1)] };
    let due = lifecycle.abort("a/x", at(12 * HOUR)).map(|due| due.at);
    assert_eq!(due, Some(at(4 * DAY)));
    assert_eq!(lifecycle.abort("b/x", at(0)), None);
    assert!(lifecycle.aborts_uploads() && lifecycle.acts_on_objects());
    assert!(!Lifecycle { rules: vec![aborts("", 1)] }.acts_on_objects());
}

#[test]
fn a_walk_begins_at_what_all_prefixes_share() {
    for (prefixes, expected) in [
        (&["logs/"][..], "logs/"),
        (&["logs/a", "logs/b"], "logs/"),
        (&["logs/", ""], ""),
        (&["a", "b"], ""),
        (&["日本", "日中"], "日"),
        (&["é", "è"], ""),
    ] {
        let rules = prefixes.iter().map(|prefix| expires("r", prefix, 1)).collect();
        assert_eq!(Lifecycle { rules }.common_prefix(), expected, "{prefixes:?}");
    }
}

#[test]
fn what_contradicts_itself_is_refused_with_oss_s_words() {
    use LifecycleFault::*;
    let check = |rules: Vec<LifecycleRule>, expected: Option<(LifecycleFault, &str)>| {
        let refused = Lifecycle { rules: rules.clone() }.validate(false).err();
        let refused = refused.as_ref().map(|invalid| (invalid.fault, &*invalid.message));
        assert_eq!(refused, expected, "{rules:?}");
    };
    let with = |transitions, expiration| LifecycleRule { transitions, expiration, ..rule("r", "") };
    let date = |day| Some(LifecycleTime::CreatedBefore(at(day * DAY)));
    let aborts = |id, prefix| LifecycleRule { abort_uploads: date(1), ..rule(id, prefix) };
    let tagged = |rule| LifecycleRule { tags: tags(&[("a", "1")]), ..rule };
    check(vec![expires("a", "x", 1), expires("b", "y", 1)], None);
    check(
        vec![expires("a", "x", 1), expires("a", "y", 1)],
        Some((RepeatedId, "Rule ID must be unique. Found same ID for more than one rule.")),
    );
    check(vec![], Some((Form, "1 to 1000 rules must be listed")));
    check(vec![rule("a", "")], Some((Form, "a rule has no action")));
    for (one, other) in [("", ""), ("", "x"), ("test", "test/log"), ("test/log", "test")] {
        let message = "Overlap for same action type Expiration";
        check(vec![expires("a", one, 200), expires("b", other, 100)], Some((Overlap, message)));
        let message = "Overlap for same action type AbortMultipartUpload";
        check(vec![aborts("a", one), aborts("b", other)], Some((Overlap, message)));
        check(vec![expires("a", one, 3), aborts("b", other)], None);
        check(vec![tagged(expires("a", one, 200)), expires("b", other, 100)], None);
    }
    check(
        vec![moves("a", "test", 30, Ia), moves("b", "test/log", 60, Ia)],
        Some((TransitionOverlap, "Overlap for same action type Transition for StorageClass IA")),
    );
    check(
        vec![moves("a", "test", 120, Ia), moves("b", "test/log", 60, Archive)],
        Some((
            Order,
            "Days in the Transition action for StorageClass Archive must be more than the Transition action for StorageClass IA",
        )),
    );
    check(vec![with(vec![to(10, Ia), to(20, Archive)], Some(LifecycleTime::Days(30)))], None);
    check(
        vec![with(vec![to(30, Ia), to(30, Archive)], None)],
        Some((
            Order,
            "Days in the Transition action for StorageClass Archive must be more than the Transition action for StorageClass IA",
        )),
    );
    check(
        vec![with(vec![to(31, Ia)], Some(LifecycleTime::Days(31)))],
        Some((Order, "Days in the Expiration action must be more than the Transition action for StorageClass IA")),
    );
    check(
        vec![with(vec![to(30, Ia)], date(1))],
        Some((
            MixedTimes,
            "Found mixed CreatedBeforeDate and Days based Expiration and Transition for StorageClass IA actions",
        )),
    );
    check(vec![with(vec![to(1, Standard)], None)], Some((StorageClass, "Invalid StorageClass")));
    let before = LifecycleTransition { time: date(2).unwrap(), ..to(1, Ia) };
    check(vec![with(vec![before], date(1))], None);
    check(vec![with(vec![before], date(2))], None);
}

#[test]
fn actions_on_versions_are_compared_with_each_other_and_not_with_those_on_objects() {
    use LifecycleFault::*;
    let noncurrent = |id: &str, prefix: &str, moves: &[(u32, crate::StorageClass)], days| LifecycleRule {
        noncurrent_transitions: moves
            .iter()
            .map(|(days, class)| NoncurrentTransition { days: *days, storage_class: *class, says_modified_time: false })
            .collect(),
        noncurrent_expiration: days,
        ..rule(id, prefix)
    };
    let markers = |rule| LifecycleRule { removes_markers: true, ..rule };
    for (rules, expected) in [
        (vec![noncurrent("a", "", &[(10, Ia), (20, Archive)], Some(30))], None),
        (vec![markers(noncurrent("a", "", &[], Some(1)))], None),
        (vec![markers(rule("a", ""))], None),
        (vec![expires("a", "", 9), noncurrent("b", "", &[(9, Ia)], Some(30)), markers(rule("c", ""))], None),
        (vec![noncurrent("a", "x", &[], Some(3)), noncurrent("b", "y", &[], Some(3))], None),
        (
            vec![noncurrent("a", "", &[], Some(3)), noncurrent("b", "x", &[], Some(4))],
            Some((Overlap, "Overlap for same action type NoncurrentVersionExpiration")),
        ),
        (
            vec![noncurrent("a", "", &[(3, Ia), (4, Ia)], None)],
            Some((TransitionOverlap, "Overlap for same action type NoncurrentVersionTransition for StorageClass IA")),
        ),
        (
            vec![noncurrent("a", "", &[(3, Ia)], Some(3))],
            Some((
                Order,
                "Days in the NoncurrentVersionExpiration action must be more than the NoncurrentVersionTransition action for StorageClass IA",
            )),
        ),
        (vec![noncurrent("a", "", &[(3, Standard)], None)], Some((StorageClass, "Invalid StorageClass"))),
        (
            vec![markers(rule("a", "")), markers(rule("b", "x"))],
            Some((Overlap, "Overlap for same action type ExpiredObjectDeleteMarker")),
        ),
        (
            vec![markers(expires("a", "", 1))],
            Some((ExpirationTimes, "ExpiredObjectDeleteMarker cannot be specified with Days or CreatedBeforeDate")),
        ),
    ] {
        let refused = Lifecycle { rules: rules.clone() }.validate(false).err();
        let refused = refused.as_ref().map(|invalid| (invalid.fault, &*invalid.message));
        assert_eq!(refused, expected, "{rules:?}");
    }
}

#[test]
fn overlapping_prefixes_may_be_allowed_but_not_for_uploads() {
    let aborts = |id| LifecycleRule { abort_uploads: Some(LifecycleTime::Days(1)), ..rule(id, "") };
    let allowed = |rules| Lifecycle { rules }.validate(true);
    assert_eq!(allowed(vec![expires("a", "dir1/", 180), expires("b", "dir1/dir2/", 30)]), Ok(()));
    assert!(allowed(vec![aborts("a"), aborts("b")]).is_err());
}

#[test]
fn a_filter_is_refused_where_oss_refuses_it() {
    let valid = |rule: LifecycleRule| Lifecycle { rules: vec![rule] }.validate(false).is_ok();
    let with_not = |nots: Vec<LifecycleNot>| LifecycleRule { not: nots, ..expires("r", "dir", 1) };
    let sized = |larger_than, smaller_than| LifecycleRule { larger_than, smaller_than, ..expires("r", "", 1) };
    let aborts = LifecycleRule { abort_uploads: Some(LifecycleTime::Days(1)), ..rule("r", "dir") };
    let many = |count: usize| (0..count).map(|number| (number.to_string(), String::new())).collect();
    for (rule, expected) in [
        (with_not(vec![not("dir1", None)]), true),
        (with_not(vec![not("dir1", None), not("dir2", None)]), true),
        (with_not(vec![not("dir", None)]), false),
        (with_not(vec![not("other", None)]), false),
        (with_not(vec![not("dir", Some(("a", "1")))]), true),
        (with_not(vec![not("dir1", None); MAX_NOT_ELEMENTS + 1]), false),
        (LifecycleRule { tags: tags(&[("a", "1")]), ..with_not(vec![not("dir", Some(("a", "2")))]) }, false),
        (sized(Some(500), Some(64_000)), true),
        (sized(Some(500), Some(500)), false),
        (sized(Some(0), None), false),
        (sized(None, Some(MAX_FILTER_SIZE_BYTES + 1)), false),
        (aborts.clone(), true),
        (LifecycleRule { tags: tags(&[("a", "1")]), ..aborts.clone() }, false),
        (LifecycleRule { not: vec![not("dir1", None)], ..aborts.clone() }, false),
        (LifecycleRule { larger_than: Some(1), ..aborts.clone() }, true),
        (LifecycleRule { larger_than: Some(1), smaller_than: Some(9), ..aborts.clone() }, false),
        (LifecycleRule { tags: many(MAX_RULE_TAGS), ..expires("r", "", 1) }, true),
        (LifecycleRule { tags: many(MAX_RULE_TAGS + 1), ..expires("r", "", 1) }, false),
        (LifecycleRule { tags: tags(&[("a", "1"), ("a", "2")]), ..expires("r", "", 1) }, false),
        (LifecycleRule { tags: tags(&[("", "1")]), ..expires("r", "", 1) }, false),
        (expires(&"i".repeat(255), &"p".repeat(1023), 1), true),
        (expires(&"i".repeat(256), "", 1), false),
        (expires("r", &"p".repeat(1024), 1), false),
    ] {
        assert_eq!(valid(rule.clone()), expected, "{rule:?}");
    }
    let rules =
        |count: usize| (0..count).map(|number| expires(&number.to_string(), &format!("{number:04}"), 1)).collect();
    assert!(Lifecycle { rules: rules(MAX_LIFECYCLE_RULES) }.validate(false).is_ok());
    assert!(Lifecycle { rules: rules(MAX_LIFECYCLE_RULES + 1) }.validate(false).is_err());
}

proptest! {
    /// Whatever the rules: time only makes more due, nothing is due before its time, and the first look misses nothing.
    #[test]
    fn what_is_due_stays_due(
        rules in prop::collection::vec(("[ab]{0,2}", 1..9u32, 0..4usize, any::<bool>()), 1..5),
        (key, modified, day) in ("[ab]{0,3}", 0..3 * DAY, 0..20i64),
    ) {
        let made = |(place, (prefix, days, class, expires)): (usize, &(String, u32, usize, bool))| LifecycleRule {
            expiration: expires.then_some(LifecycleTime::Days(*days)),
            transitions: vec![to(*days, StorageClass::ALL[class + 1])],
            ..rule(&place.to_string(), prefix)
        };
        let lifecycle = Lifecycle { rules: rules.iter().enumerate().map(made).collect() };
        let subject = LifecycleSubject { modified: at(modified), ..subject(&key, &[]) };
        let now = at(day * DAY);
        match lifecycle.action(&subject, now) {
            Some(LifecycleAction::Expire(due)) => {
                prop_assert!(due.at <= now && due.at > subject.modified && key.starts_with(&due.rule.prefix));
                prop_assert_eq!(lifecycle.expiration(&subject), Some(due));
                prop_assert!(matches!(lifecycle.action(&subject, at((day + 1) * DAY)), Some(LifecycleAction::Expire(_))));
                prop_assert!(lifecycle.may_act(&subject, now));
            }
            Some(LifecycleAction::Transition(due, class)) => {
                prop_assert!(due.at <= now && due.at > subject.modified && class != Standard);
                let moved = LifecycleSubject { storage_class: class, ..subject };
                prop_assert!(!matches!(lifecycle.action(&moved, now), Some(LifecycleAction::Transition(..))));
                prop_assert!(lifecycle.may_act(&subject, now));
            }
            None => {}
        }
    }
}
