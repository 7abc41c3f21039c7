//! An invoice as pages: rows from the top down, on as many pages as they need. Pure: of the same invoice the same bytes.

use chrono::{Datelike, Timelike};
use kernel::{Error, Language};
use krilla::Document as Pdf;
use krilla::geom::{PathBuilder, Point, Rect};
use krilla::metadata::{DateTime, Metadata};
use krilla::page::PageSettings;
use krilla::surface::Surface;
use money::invoices::model::{BillingDetails, Invoice, Line, Seller};
use money::invoices::texts::{self, Words};

use super::fonts::{Faces, Fonts};

/// A4, in points.
const PAGE: (f32, f32) = (595.0, 842.0);
const LEFT: f32 = 56.0;
const RIGHT: f32 = 539.0;
/// Where the right column begins.
const MIDDLE: f32 = 310.0;
/// Where the sums may begin.
const SUMS: f32 = 400.0;
const TOP: f32 = 72.0;
const BOTTOM: f32 = 770.0;
const FOOT: f32 = 800.0;
const TEXT: f32 = 10.0;
const SMALL: f32 = 8.0;
const TITLE: f32 = 22.0;
const GAP: f32 = 18.0;

/// A text of a row.
struct Cell {
    /// Its left end; of one that is set to the right its right end.
    x: f32,
    to_right: bool,
    text: String,
}

/// A row of the page, or a line across it.
struct Row {
    height: f32,
    size: f32,
    is_ruled: bool,
    cells: Vec<Cell>,
}

/// What stands on the pages.
pub(super) struct Document {
    title: String,
    language: Language,
    metadata: Metadata,
    parts: Vec<Part>,
}

/// A part of the document, before its texts are broken into rows.
enum Part {
    Title(String),
    /// A word and what it says.
    Fact(&'static str, String),
    Gap,
    Rule,
    /// Two columns of lines.
    Sides(Vec<String>, Vec<String>),
    /// A text, and a sum.
    Sum(String, String),
}

impl Document {
    /// The document of an invoice. `refers_to`: the number of the invoice that a credit note takes back of.
    pub fn of(
        invoice: &Invoice,
        lines: &[Line],
        refers_to: Option<&str>,
        language: Language,
    ) -> Self {
        let words = texts::words(language);
        let (seller, buyer) = (invoice.seller(), invoice.buyer());
        let title = texts::title(invoice.kind(), seller.is_some(), language);
        let mut parts = vec![
            Part::Title(title.to_owned()),
            Part::Fact(words.number, invoice.number.clone()),
            Part::Fact(words.issued, texts::day(invoice.issued_at)),
            Part::Fact(words.paid, texts::day(invoice.paid_at)),
        ];
        parts.extend(refers_to.map(|number| Part::Fact(words.refers_to, number.to_owned())));
        let buyer = buyer.map_or_else(Vec::new, |buyer| of_buyer(&buyer, words));
        parts.extend([Part::Gap, Part::Sides(of_seller(seller, words), buyer)]);
        parts.extend([
            Part::Gap,
            Part::Sum(words.what.to_owned(), words.sum.to_owned()),
            Part::Rule,
        ]);
        let sum = |minor| texts::sum(minor, &invoice.currency);
        parts.extend(
            lines
                .iter()
                .map(|line| Part::Sum(texts::item(line, language), sum(line.total_minor))),
        );
        parts.push(Part::Rule);
        if let Some(rate) = invoice.tax_rate {
            let net = invoice.total_minor - invoice.tax_minor;
            parts.push(Part::Sum(words.net.to_owned(), sum(net)));
            parts.push(Part::Sum(
                texts::tax(rate, language),
                sum(invoice.tax_minor),
            ));
        }
        parts.push(Part::Sum(words.total.to_owned(), sum(invoice.total_minor)));
        let title = format!("{title} {}", invoice.number);
        Self {
            metadata: metadata(invoice, &title, language),
            title,
            language,
            parts,
        }
    }

    /// Its bytes.
    ///
    /// # Errors
    /// A font that cannot be embedded.
    pub fn pdf(self, fonts: &Fonts) -> Result<Vec<u8>, Error> {
        let faces = fonts.faces()?;
        let rows = self.parts.into_iter().flat_map(|part| part.rows(&faces));
        let pages = paged(rows);
        let mut pdf = Pdf::new();
        pdf.set_metadata(self.metadata);
        let page = texts::words(self.language).page;
        for (at, rows) in pages.iter().enumerate() {
            let settings = PageSettings::from_wh(PAGE.0, PAGE.1);
            let settings = settings.ok_or_else(|| Error::internal("a page has no size"))?;
            let mut sheet = pdf.start_page_with(settings);
            let mut surface = sheet.surface();
            let mut y = TOP;
            for row in rows {
                y += row.height;
                row.draw(&mut surface, &faces, y);
            }
            let foot = format!("{} · {page} {} / {}", self.title, at + 1, pages.len());
            let foot = Row::of(SMALL, vec![left(LEFT, foot)]);
            foot.draw(&mut surface, &faces, FOOT);
            surface.finish();
            sheet.finish();
        }
        pdf.finish()
            .map_err(|why| Error::internal(format!("a PDF cannot be written: {why:?}")))
    }
}

fn metadata(invoice: &Invoice, title: &str, language: Language) -> Metadata {
    let at = invoice.issued_at;
    let part = |number: u32| u8::try_from(number).unwrap_or_default();
    let date = DateTime::new(u16::try_from(at.year()).unwrap_or_default())
        .month(part(at.month()))
        .day(part(at.day()))
        .hour(part(at.hour()))
        .minute(part(at.minute()))
        .second(part(at.second()))
        .utc_offset_hour(0)
        .utc_offset_minute(0);
    Metadata::new()
        .title(title.to_owned())
        .language(language.code().to_owned())
        .creator("Symancy".to_owned())
        .creation_date(date)
}

/// Without one the product is named.
fn of_seller(seller: Option<Seller>, words: Words) -> Vec<String> {
    let Some(seller) = seller else {
        return vec!["Symancy".to_owned()];
    };
    let mut lines = vec![words.seller.to_owned(), seller.name];
    lines.extend(seller.address.lines().map(str::to_owned));
    lines.push(seller.country);
    lines.extend(seller.tax_id.map(|id| format!("{}: {id}", words.tax_id)));
    lines
}

fn of_buyer(buyer: &BillingDetails, words: Words) -> Vec<String> {
    let mut lines = vec![words.buyer.to_owned()];
    lines.extend(buyer.company.clone());
    lines.extend(buyer.name.clone());
    let address = buyer.address.iter().flat_map(|address| address.lines());
    lines.extend(address.map(str::to_owned));
    lines.extend(buyer.country.clone());
    lines.extend(
        buyer
            .tax_id
            .as_ref()
            .map(|id| format!("{}: {id}", words.tax_id)),
    );
    lines.extend(buyer.email.clone());
    lines
}

fn left(x: f32, text: String) -> Cell {
    Cell {
        x,
        to_right: false,
        text,
    }
}

impl Part {
    fn rows(self, faces: &Faces<'_>) -> Vec<Row> {
        let broken = |text: &str, width| broken(text, width, |text| faces.width(text, TEXT));
        match self {
            Self::Title(text) => vec![Row::of(TITLE, vec![left(LEFT, text)])],
            Self::Fact(word, said) => {
                vec![Row::of(TEXT, vec![left(LEFT, format!("{word}: {said}"))])]
            }
            Self::Gap => vec![Row {
                height: GAP,
                ..Row::of(TEXT, Vec::new())
            }],
            Self::Rule => vec![Row {
                height: TEXT,
                is_ruled: true,
                ..Row::of(TEXT, Vec::new())
            }],
            Self::Sides(one, other) => {
                let lines = |side: Vec<String>, width| -> Vec<String> {
                    side.iter().flat_map(|line| broken(line, width)).collect()
                };
                let one = lines(one, MIDDLE - LEFT - GAP);
                let other = lines(other, RIGHT - MIDDLE);
                beside(
                    one,
                    |text| left(LEFT, text),
                    other,
                    |text| left(MIDDLE, text),
                )
            }
            Self::Sum(text, sum) => {
                let right = |text| Cell {
                    x: RIGHT,
                    to_right: true,
                    text,
                };
                let text = broken(&text, SUMS - LEFT - GAP);
                beside(text, |text| left(LEFT, text), vec![sum], right)
            }
        }
    }
}

/// Two columns as rows; the shorter one ends earlier.
fn beside(
    one: Vec<String>,
    place_one: impl Fn(String) -> Cell,
    other: Vec<String>,
    place_other: impl Fn(String) -> Cell,
) -> Vec<Row> {
    let (mut one, mut other) = (one.into_iter(), other.into_iter());
    let mut rows = Vec::new();
    loop {
        let cells: Vec<Cell> = [one.next().map(&place_one), other.next().map(&place_other)]
            .into_iter()
            .flatten()
            .collect();
        if cells.is_empty() {
            return rows;
        }
        rows.push(Row::of(TEXT, cells));
    }
}

/// A text in lines of at most this width: broken at blanks, and where a word alone is wider, within it.
fn broken(text: &str, width: f32, measure: impl Fn(&str) -> f32) -> Vec<String> {
    let (mut lines, mut line) = (Vec::new(), String::new());
    for word in text.split_whitespace() {
        let blank = if line.is_empty() { "" } else { " " };
        if measure(&format!("{line}{blank}{word}")) <= width {
            line = line + blank + word;
            continue;
        }
        if !line.is_empty() {
            lines.push(std::mem::take(&mut line));
        }
        for letter in word.chars() {
            if !line.is_empty() && measure(&format!("{line}{letter}")) > width {
                lines.push(std::mem::take(&mut line));
            }
            line.push(letter);
        }
    }
    lines.push(line);
    lines
}

/// Rows on pages.
fn paged(rows: impl Iterator<Item = Row>) -> Vec<Vec<Row>> {
    let (mut pages, mut y) = (vec![Vec::new()], TOP);
    for row in rows {
        if y + row.height > BOTTOM {
            pages.push(Vec::new());
            y = TOP;
        }
        y += row.height;
        if let Some(page) = pages.last_mut() {
            page.push(row);
        }
    }
    pages
}

impl Row {
    fn of(size: f32, cells: Vec<Cell>) -> Self {
        Self {
            height: size * 1.5,
            size,
            is_ruled: false,
            cells,
        }
    }

    /// Draws it with its lower end there.
    fn draw(&self, surface: &mut Surface<'_>, faces: &Faces<'_>, y: f32) {
        let across = Rect::from_xywh(LEFT, y - self.height / 2.0, RIGHT - LEFT, 0.5);
        if let Some(across) = across.filter(|_| self.is_ruled) {
            let mut path = PathBuilder::new();
            path.push_rect(across);
            if let Some(path) = path.finish() {
                surface.draw_path(&path);
            }
        }
        for cell in &self.cells {
            let width = if cell.to_right {
                faces.width(&cell.text, self.size)
            } else {
                0.0
            };
            let mut x = cell.x - width;
            for run in faces.runs(&cell.text) {
                let start = Point::from_xy(x, y - self.height / 4.0);
                let font = run.font.clone();
                surface.draw_glyphs(start, &run.glyphs, font, &run.text, self.size, false);
                x += run.width() * self.size;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str, width: f32) -> Vec<String> {
        broken(text, width, |text| text.chars().count() as f32)
    }

    #[test]
    fn texts_are_broken_at_blanks_and_long_words_within() {
        assert_eq!(lines("a bc def", 4.0), ["a bc", "def"]);
        assert_eq!(lines("  a\t b ", 9.0), ["a b"]);
        assert_eq!(lines("abcdefghij kl", 4.0), ["abcd", "efgh", "ij", "kl"]);
        assert_eq!(
            lines("这是一个很长的名字", 4.0),
            ["这是一个", "很长的名", "字"]
        );
        assert_eq!(lines("ab", 0.5), ["a", "b"]);
        assert_eq!(lines("", 4.0), [""]);
    }

    #[test]
    fn rows_that_find_no_room_go_on_the_next_page() {
        let rows = |count| (0..count).map(|_| Row::of(TEXT, Vec::new()));
        let pages = |count| -> Vec<usize> { paged(rows(count)).iter().map(Vec::len).collect() };
        assert_eq!(pages(0), [0]);
        assert_eq!(pages(46), [46]);
        assert_eq!(pages(47), [46, 1]);
        assert_eq!(pages(100), [46, 46, 8]);
    }
}
