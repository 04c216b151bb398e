use super::*;
use base64::Engine;
use proptest::prelude::*;

fn parsed(text: &str) -> Result<String, ImageError> {
    ImagePlan::parse(text, &ImageLimits::default()).map(|plan| plan.to_string())
}

#[test]
fn plans_have_one_normal_text() {
    for (text, expected) in [
        ("image/resize,w_100", "image/resize,m_lfit,w_100"),
        ("image/resize,h_050,w_0100,m_lfit,limit_1", "image/resize,m_lfit,w_100,h_50"),
        ("image/resize,m_pad,w_1,h_16384,color_ff00Aa,limit_0", "image/resize,m_pad,w_1,h_16384,limit_0,color_FF00AA"),
        ("image/resize,m_fill,w_5,h_6,color_FF0000", "image/resize,m_fill,w_5,h_6"),
        ("image/resize,l_100,s_50", "image/resize,m_lfit,l_100,s_50"),
        ("image/resize,w_1,l_100", "image/resize,m_lfit,w_1"),
        ("image/resize,p_1000,w_7", "image/resize,p_1000"),
        ("image/crop", "image/crop,w_0,h_0,x_0,y_0,g_nw"),
        ("image/crop,g_se,h_2,w_1,x_3,y_4", "image/crop,w_1,h_2,x_3,y_4,g_se"),
        ("image/indexcrop,x_10", "image/indexcrop,x_10,i_0"),
        ("image/indexcrop,i_2,x_10,y_20", "image/indexcrop,y_20,i_2"),
        ("image/circle,r_4096", "image/circle,r_4096"),
        ("image/rounded-corners,r_1", "image/rounded-corners,r_1"),
        ("image/auto-orient,1", "image/auto-orient,1"),
        ("image/rotate,360", "image/rotate,0"),
        ("image/rotate", "image/rotate,0"),
        ("image/interlace,0", "image/interlace,0"),
        ("image/blur,s_50,r_1", "image/blur,r_1,s_50"),
        ("image/bright,-100", "image/bright,-100"),
        ("image/contrast,100", "image/contrast,100"),
        ("image/sharpen,399", "image/sharpen,399"),
        ("image/format,tiff", "image/format,tiff"),
        ("image/format,auto", "image/format,auto"),
        ("image/quality,q_80", "image/quality,q_80"),
        ("image/quality,q_80,Q_70", "image/quality,Q_70"),
        ("image/info", "image/info"),
        ("image/average-hue", "image/average-hue"),
        ("image/resize,w_1/average-hue", "image/resize,m_lfit,w_1/average-hue"),
        ("image/resize,w_10/format,webp/quality,q_1", "image/resize,m_lfit,w_10/format,webp/quality,q_1"),
    ] {
        assert_eq!(parsed(text).as_deref(), Ok(expected), "{text}");
        let plan = |text| ImagePlan::parse(text, &ImageLimits::default());
        assert_eq!(plan(expected), plan(text), "the normal text of {text} means the same");
    }
}

#[test]
fn refusals_tell_where() {
    for (text, position) in [
        ("", 0),
        ("resize,w_1", 0),
        ("image", 0),
        ("image/", 6),
        ("image//resize,w_1", 6),
        ("image/resize,w_1/", 17),
        ("image/resize,w_0", 13),
        ("image/resize,w_16385", 13),
        ("image/resize,w_1,h_-1", 17),
        ("image/resize,w_+1", 13),
        ("image/resize,w_1.5", 13),
        ("image/resize,w_ 1", 13),
        ("image/resize,w_99999999999999999999", 13),
        ("image/resize,w_1,w_2", 17),
        ("image/resize,w_1,foo_2", 17),
        ("image/resize,w_1,", 17),
        ("image/resize,w_1,w", 17),
        ("image/resize,W_1,w_1", 13),
        ("image/resize,P_30", 13),
        ("image/resize,p_0", 13),
        ("image/resize,p_1001", 13),
        ("image/resize,m_foo,w_1", 13),
        ("image/resize,w_1,limit_2", 17),
        ("image/resize,w_1,color_FFF", 17),
        ("image/resize,w_1,color_+FFFFF", 17),
        ("image/crop,g_middle", 11),
        ("image/indexcrop,x_0", 16),
        ("image/circle,r_0", 13),
        ("image/circle,r_4097", 13),
        ("image/circle,100", 13),
        ("image/auto-orient,2", 18),
        ("image/rotate,361", 13),
        ("image/rotate,-1", 13),
        ("image/rotate,1,2", 15),
        ("image/blur,r_51,s_1", 11),
        ("image/bright,101", 13),
        ("image/bright,--1", 13),
        ("image/sharpen,49", 14),
        ("image/format,jpeg", 13),
        ("image/format,", 13),
        ("image/quality,q_0", 14),
        ("image/quality,Q_101", 14),
        ("image/info,x", 11),
        ("image/resize,s_700,limit_0/info", 27),
        ("image/info/resize,w_1", 11),
        ("image/average-hue/resize,w_1", 18),
        ("image/Resize,w_1", 6),
        ("image/resize ,w_1", 6),
        ("image/watermark,text_YQ,t_101", 24),
        ("image/watermark,text_YQ,type_Zm9v", 24),
        ("image/watermark,text_", 16),
        ("image/watermark,text__w", 16),
        ("image/watermark,text_YQ,size_0", 24),
        ("image/watermark,image_P3gtb3NzLXByb2Nlc3M9aW1hZ2UvaW5mbw", 16),
    ] {
        let refused = parsed(text);
        let at = match &refused {
            Err(ImageError::InvalidArgument { position, .. }) => Some(*position),
            _ => None,
        };
        assert_eq!(at, Some(position), "{text}: {refused:?}");
    }
}

#[test]
fn missing_parameters_and_missing_features_are_told_apart() {
    for (text, expected) in [
        ("image/resize", "resize needs one of w, h, l, s or p (at byte 6)"),
        ("image/resize,m_fill,limit_0", "resize needs one of w, h, l, s or p (at byte 6)"),
        ("image/indexcrop,i_1", "indexcrop needs x or y (at byte 6)"),
        ("image/circle", "circle needs r (at byte 6)"),
        ("image/auto-orient", "auto-orient needs 0 or 1 (at byte 6)"),
        ("image/blur,r_1", "blur needs s (at byte 6)"),
        ("image/bright", "bright needs a number from -100 to 100 (at byte 6)"),
        ("image/resize,w_1/format", "format needs a format (at byte 17)"),
        ("image/quality", "quality needs q or Q (at byte 6)"),
        ("image/watermark,t_10", "watermark needs image or text (at byte 6)"),
        ("image/resize,w_1/deblur", "deblur is not implemented (at byte 17)"),
        ("image/format,avif", "this format is not implemented (at byte 6)"),
        ("image/format,heic", "this format is not implemented (at byte 6)"),
        ("image/watermark,text_%%%", "Input is not base64 decoding."),
        ("image/watermark,image_a", "Input is not base64 decoding."),
    ] {
        assert_eq!(parsed(text).map_err(|error| error.to_string()), Err(expected.to_owned()), "{text}");
    }
}

#[test]
fn watermarks_are_read_with_what_prepares_them() {
    let image = |text: &str| format!("image/watermark,image_{}", BASE64.encode(text));
    let plan = |text: &str| ImagePlan::parse(text, &ImageLimits::default());
    for (name, objects) in [
        ("panda.png", vec!["panda.png"]),
        ("a/b c.png?x-oss-process=image/resize,P_30/rotate,45", vec!["a/b c.png"]),
        ("水.png?x-oss-process=image/crop,w_10/indexcrop,x_5/rounded-corners,r_3", vec!["水.png"]),
    ] {
        let read = plan(&image(name)).unwrap();
        assert_eq!(read.watermark_objects().into_iter().collect::<Vec<_>>(), objects, "{name}");
        assert_eq!(plan(&read.to_string()).as_ref(), Ok(&read), "{name}");
    }
    for name in [
        "?x-oss-process=image/resize,P_30",
        "a?x",
        "a?x-oss-process=image/",
        "a?x-oss-process=image/blur,r_1,s_1",
        "a?x-oss-process=image/resize,P_101",
        "a?x-oss-process=style/x",
    ] {
        let refused = plan(&image(name));
        assert!(matches!(refused, Err(ImageError::InvalidArgument { position: 16, .. })), "{name}: {refused:?}");
    }
    // With padding, too; without, the text is the same.
    assert_eq!(parsed("image/watermark,text_YQ=="), parsed("image/watermark,text_YQ"));
    let long = BASE64.encode("水".repeat(64));
    assert!(parsed(&format!("image/watermark,text_{long}")).is_ok());
    let longer = BASE64.encode("a".repeat(65));
    assert!(matches!(parsed(&format!("image/watermark,text_{longer}")), Err(ImageError::InvalidArgument { .. })));
    let three = ["a", "b", "c"].map(|name| image(name).replace("image/", "")).join("/");
    assert!(parsed(&format!("image/{three}")).is_ok());
    let four = parsed(&format!("image/{three}/watermark,image_YQ"));
    assert!(matches!(four, Err(ImageError::Watermark(_))), "{four:?}");
}

#[test]
fn texts_and_operations_have_a_limit() {
    let limits = ImageLimits { operations: 3, ..ImageLimits::default() };
    let rotated = |count: usize| format!("image{}", "/rotate,90".repeat(count));
    assert!(ImagePlan::parse(&rotated(3), &limits).is_ok());
    assert_eq!(ImagePlan::parse(&rotated(4), &limits), Err(ImageError::TooManyOperations { limit: 3 }));
    let long = format!("image/{}", "a".repeat(TEXT_BYTES));
    assert!(matches!(parsed(&long), Err(ImageError::InvalidArgument { position: TEXT_BYTES, .. })));
}

const WORDS: [&str; 25] = [
    "image/",
    "/",
    ",",
    "_",
    "resize",
    "crop",
    "watermark",
    "w_",
    "h_",
    "m_fill",
    "P_",
    "p_",
    "100",
    "-1",
    "0",
    "text_",
    "image_",
    "YQ",
    "YT94LW9zcy1wcm9jZXNzPWltYWdlL3Jlc2l6ZSxQXzMw",
    "g_se",
    "rotate",
    "format",
    "auto",
    "info",
    "水",
];

fn fragment() -> impl Strategy<Value = String> {
    prop_oneof![proptest::sample::select(&WORDS[..]).prop_map(str::to_owned), ".{0,4}"]
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused_and_a_normal_text_is_stable(parts in proptest::collection::vec(fragment(), 0..24)) {
        let text = parts.concat();
        for text in [text.clone(), format!("image/{text}")] {
            if let Ok(normal) = parsed(&text) {
                prop_assert_eq!(parsed(&normal), Ok(normal.clone()));
            }
        }
    }
}
