//! One PNG with the result of every operation, for people: `target/tmp/coho-image-sheet.png`.

use std::path::Path;

use image::{Rgba, RgbaImage, imageops};

use crate::golden::decoded;
use crate::processed;

const CELL: (u32, u32) = (210, 190);
const COLUMNS: u32 = 6;

#[test]
fn every_operation_is_on_the_sheet() {
    let texts = [
        "crop,w_160",
        "resize,w_80",
        "resize,m_mfit,w_80,h_80",
        "resize,m_fill,w_80,h_80",
        "resize,m_pad,w_100,h_100,color_00A0FF",
        "resize,m_fixed,w_60,h_110",
        "resize,p_50",
        "crop,w_80,h_60,g_se",
        "indexcrop,x_50,i_1",
        "circle,r_60",
        "rounded-corners,r_30",
        "rotate,90",
        "rotate,30",
        "blur,r_10,s_3",
        "bright,40",
        "bright,-40",
        "contrast,40",
        "contrast,-60",
        "sharpen,200",
        "watermark,image_bWFyay5wbmc,g_nw",
        "watermark,text_5rC05Y2wIENvaG8,size_24,color_FFFFFF,shadow_60",
        "watermark,text_5rC05Y2w,size_20,fill_1,rotate_30,t_60",
        "watermark,image_bWFyay5wbmc,text_5rC05Y2w,size_30,order_1,align_1,interval_8,g_center",
    ];
    let rows = u32::try_from(texts.len()).unwrap().div_ceil(COLUMNS);
    // Grey and light squares show what is transparent.
    let mut sheet = RgbaImage::from_fn(CELL.0 * COLUMNS, CELL.1 * rows, |x, y| {
        if (x / 10 + y / 10) % 2 == 0 { Rgba([205, 205, 205, 255]) } else { Rgba([240, 240, 240, 255]) }
    });
    for (index, text) in (0..).zip(texts) {
        let name = if index % 2 == 0 { "photo.jpg" } else { "image.bmp" };
        let result = decoded(&processed(name, &format!("image/{text}/format,png")));
        assert!(result.pixels().any(|pixel| pixel.0[3] > 0), "{text} has no visible pixel");
        let (left, top) = (index % COLUMNS * CELL.0 + 5, index / COLUMNS * CELL.1 + 5);
        imageops::overlay(&mut sheet, &result, left.into(), top.into());
    }
    sheet.save(Path::new(env!("CARGO_TARGET_TMPDIR")).join("coho-image-sheet.png")).unwrap();
}
