//! One line of text in the embedded font, a subset of Noto Sans SC under the SIL Open Font License: see `fonts/README.md`.

use ab_glyph::{Font, FontRef, Glyph, OutlinedGlyph, PxScale, ScaleFont, point};

use crate::error::ImageError;

const FONT: &[u8] = include_bytes!("../../../fonts/NotoSansSC-Regular-subset.otf");

pub(super) struct Line<'a> {
    font: FontRef<'a>,
    glyphs: Vec<Glyph>,
    width: f32,
    height: f32,
}

impl Line<'_> {
    /// `size` is that of the em square in pixels.
    pub(super) fn of(text: &str, size: u32) -> Result<Self, ImageError> {
        let failed = |error: &dyn std::fmt::Display| ImageError::NotEncodable(format!("the embedded font: {error}"));
        let font = FontRef::try_from_slice(FONT).map_err(|error| failed(&error))?;
        let em = font.units_per_em().ok_or_else(|| failed(&"it has no em"))?;
        let scale = PxScale::from(size as f32 * font.height_unscaled() / em);
        let scaled = font.as_scaled(scale);
        let mut glyphs = Vec::new();
        let mut caret = 0.0;
        let mut previous = None;
        for character in text.chars() {
            let id = scaled.glyph_id(if character.is_control() { ' ' } else { character });
            caret += previous.map_or(0.0, |previous| scaled.kern(previous, id));
            glyphs.push(id.with_scale_and_position(scale, point(caret, scaled.ascent())));
            caret += scaled.h_advance(id);
            previous = Some(id);
        }
        let height = scaled.height();
        Ok(Self { font, glyphs, width: caret, height })
    }

    pub(super) fn size(&self) -> (u32, u32) {
        ((self.width.ceil() as u32).max(1), (self.height.ceil() as u32).max(1))
    }

    /// Calls `plot` with each pixel that has ink, and how much.
    pub(super) fn draw(&self, mut plot: impl FnMut(u32, u32, f32)) {
        for outline in self.glyphs.iter().filter_map(|glyph| self.font.outline_glyph(glyph.clone())) {
            draw_outline(&outline, &mut plot);
        }
    }
}

fn draw_outline(outline: &OutlinedGlyph, plot: &mut impl FnMut(u32, u32, f32)) {
    let bounds = outline.px_bounds();
    let (left, top) = (bounds.min.x as i64, bounds.min.y as i64);
    outline.draw(|x, y, coverage| {
        let position = (u32::try_from(left + i64::from(x)), u32::try_from(top + i64::from(y)));
        if let (Ok(x), Ok(y)) = position {
            plot(x, y, coverage);
        }
    });
}
