use super::*;
use proptest::prelude::*;

const MAX_BYTES: usize = 8 * 1024 * 1024;

fn text_of(body: &[u8]) -> Result<String, XmlError> {
    read_document(body, "A", MAX_BYTES).map(|element| element.text().to_owned())
}

#[track_caller]
fn check(body: impl AsRef<[u8]>, expected: &str) {
    assert_eq!(text_of(body.as_ref()).as_deref(), Ok(expected));
}

#[track_caller]
fn check_refused(body: impl AsRef<[u8]>) {
    let read = text_of(body.as_ref());
    assert!(matches!(read, Err(XmlError::Malformed(_))), "{read:?}");
}

#[test]
fn every_spelling_of_a_document_is_parsed() {
    check("<A>x</A>", "x");
    check("<A/>", "");
    check("\u{feff}<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<A>x</A>\n<!-- end -->\n", "x");
    check("<A xmlns=\"http://doc.oss-cn-hangzhou.aliyuncs.com\" b='&lt;'>x</A >", "x");
    check("<o:A xmlns:o=\"u\">x</o:A>", "x");
    check("<A>a&amp;b&lt;&gt;&quot;&apos;&#65;&#x4E2D;</A>", "a&b<>\"'A中");
    check("<A>a<![CDATA[<b>&amp;]]>c</A>", "a<b>&amp;c");
    check("<A> a <!-- x -->b<?pi?> </A>", " a b ");
    check("<A>\n  <B/>\n</A>", "");
    check("<A> x <B/> y </A>", "x  y");
    // Not well-formed, but the Python SDK sends it for such a key.
    check("<A>a\u{1}b</A>", "a\u{1}b");
}

#[test]
fn hostile_documents_are_refused() {
    check_refused("");
    check_refused(" ");
    check_refused("<B>x</B>");
    check_refused("<A>x");
    check_refused("<A>x</A");
    check_refused("<A><B></A></B>");
    check_refused("<A></A></A>");
    check_refused("</A>");
    check_refused("<A/>junk");
    check_refused("<A/><A/>");
    check_refused("<A/><![CDATA[x]]>");
    check_refused("<A/>&amp;");
    check_refused("junk<A/>");
    check_refused("<A/><?xml version=\"1.0\"?>");
    check_refused("<A>&unknown;</A>");
    check_refused("<A>&amp</A>");
    check_refused("<A>&</A>");
    check_refused("<A>&#0;</A>");
    check_refused("<A>&#xD800;</A>");
    check_refused("<A>&#x110000;</A>");
    check_refused("<!DOCTYPE A><A/>");
    check_refused("<!DOCTYPE A [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><A>&x;</A>");
    check_refused("<!DOCTYPE A [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;&a;\">]><A>&b;</A>");
    check_refused("<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><A/>");
    check_refused(b"<A>\xff</A>");
    check_refused(b"\xff\xfe<\0A\0/\0>\0");
    check_refused("<A><1/></A>");
    check_refused("<A><\"/></A>");
    check_refused("<A>< B/></A>");
}

#[test]
fn depth_size_and_number_of_elements_are_bounded() {
    let nested = |depth: usize| format!("<A>{}{}</A>", "<B>".repeat(depth - 1), "</B>".repeat(depth - 1));
    check(nested(MAX_DEPTH), "");
    check_refused(nested(MAX_DEPTH + 1));
    check_refused(nested(200_000));
    check_refused("<A>".repeat(200_000));
    check(format!("<A>{}</A>", "<B/>".repeat(MAX_ELEMENTS - 1)), "");
    check_refused(format!("<A>{}</A>", "<B/>".repeat(MAX_ELEMENTS)));
    assert_eq!(read_document(b"<A/>", "A", 3), Err(XmlError::TooLarge { max_bytes: 3 }));
    assert!(read_document(b"<A/>", "A", 4).is_ok());
}

#[test]
fn a_child_is_found_once() {
    let body = b"<A><B>1</B><C/><C/></A>";
    let root = read_document(body, "A", MAX_BYTES).unwrap();
    assert_eq!(root.child("B").unwrap().map(Element::text), Some("1"));
    assert_eq!(root.child("D"), Ok(None));
    assert!(root.child("C").is_err());
}

#[track_caller]
fn check_written(text: &str, expected: &str) {
    let body = XmlWriter::document("A", 0, |w| w.content(text));
    let head = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
    assert_eq!(String::from_utf8(body).unwrap(), format!("{head}<A>{expected}</A>"));
}

#[test]
fn any_text_is_written_well_formed() {
    check_written("plain 中文 \u{1f600}\u{efff}\u{f000}", "plain 中文 \u{1f600}\u{efff}\u{f000}");
    check_written("<a & \"b\">", "&lt;a &amp; \"b\"&gt;");
    check_written("]]>", "]]&gt;");
    check_written("a\tb\nc\rd", "a\tb\nc&#13;d");
    check_written(
        "a\u{0}\u{1}\u{8}\u{b}\u{c}\u{e}\u{1f}b",
        "a\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}b",
    );
    check_written("\u{fffe}\u{ffff}\u{fffd}", "\u{fffd}\u{fffd}\u{fffd}");
}

#[test]
fn names_are_percent_encoded_on_demand() {
    let write = |encode| XmlWriter::document("A", 0, |w| w.name_text("K", "a b+c/中\u{1}~-_.&", encode));
    let text = |encode| String::from_utf8(write(encode)).unwrap();
    assert!(text(true).ends_with("<A><K>a%20b%2Bc%2F%E4%B8%AD%01~-_.%26</K></A>"), "{}", text(true));
    assert!(text(false).ends_with("<A><K>a b+c/中&#1;~-_.&amp;</K></A>"), "{}", text(false));
}

#[test]
fn no_character_of_a_name_is_lost() {
    let write = |write: fn(&mut XmlWriter)| String::from_utf8(XmlWriter::document("A", 0, write)).unwrap();
    let name = write(|w| w.name_text("K", "\u{0}\u{b}\n\r\u{1f}\u{ffff}%", false));
    assert!(name.ends_with("<A><K>&#0;&#11;\n&#13;&#31;&#65535;%</K></A>"), "{name}");
    let echo = write(|w| w.echo("K", "\u{0}\u{b}\n\r\u{1f}\u{ffff}%"));
    assert!(echo.ends_with("<A><K>%00%0B\n&#13;%1F%EF%BF%BF%</K></A>"), "{echo}");
}

proptest! {
    #[test]
    fn what_xml_can_hold_is_read_as_it_was_written(text in any::<String>()) {
        let body = XmlWriter::document("A", 0, |w| w.content(&text));
        let expected: String = text.chars().map(|c| if is_xml_char(c) { c } else { '\u{fffd}' }).collect();
        prop_assert_eq!(text_of(&body), Ok(expected));
    }

    #[test]
    fn no_input_makes_the_reader_fail_otherwise(body in any::<Vec<u8>>(), text in "[<>/A&;!\\[\\]?\"'= x#-]{0,60}") {
        let _ = text_of(&body);
        let _ = text_of(text.as_bytes());
    }
}

#[test]
fn a_document_that_is_kept_has_only_characters_that_can_be_written_back() {
    for (text, expected) in [("a\tb\u{4e2d}", true), ("a\u{1}b", false), ("&#x10;", false), ("\u{ffff}", false)] {
        let body = format!("<A><B>{text}</B></A>");
        assert_eq!(read_kept_document(body.as_bytes(), "A", MAX_BYTES).is_ok(), expected, "{text:?}");
        assert!(read_document(body.as_bytes(), "A", MAX_BYTES).is_ok(), "{text:?}");
    }
}
