//! What stands out in the cup. Grounds first: everything below the cup's own Otsu threshold; then
//! the darker parts inside those (a second threshold), then what is dark for its surroundings,
//! so that even crema and foam give up their stains; and the light clearings that grounds or
//! coffee enclose, which readers of cups read like shapes.

use super::cup::Cup;
use super::form::{Form, Place};
use super::mask::Mask;
use super::picture::{Picture, otsu};

/// How a shape differs from what is around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Darker, outlined.
    Dark,
    /// Lighter, outlined.
    Light,
    /// Not an outlined shape, only the darkest part of a plain cup.
    Shadow,
}

/// One shape.
pub struct Blob {
    /// Its measures.
    pub form: Form,
    /// Its position.
    pub place: Place,
    /// How clearly it stands out, 0 to 1.
    pub strength: f64,
    /// 0 stands alone, 1 lies within another, 2 stands out only locally.
    pub depth: usize,
    /// Dark or light.
    pub kind: Kind,
    pixels: Vec<usize>,
}

/// Shapes smaller than this share of the cup are specks.
const SPECK: f64 = 0.0012;
/// A larger light share of the cup is porcelain between the grounds.
const CLEARING: f64 = 0.12;
/// A larger share of the cup is liquid.
const COFFEE: f64 = 0.4;
/// No layer is asked for more.
const PIECES: usize = 40;
/// A difference in brightness below this is paper grain.
const FAINT: f64 = 10.0;

/// The shapes of the cup, strongest first.
pub fn find(picture: &Picture, cup: &Cup) -> Vec<Blob> {
    let (w, h) = (picture.width, picture.height);
    let inside = Mask::of(w, h, |i| {
        let (x, y) = middle(i, w);
        cup.holds(x, y)
    });
    let mut blobs: Vec<Blob> = Vec::new();
    for (depth, kind, layer) in layers(picture, cup, &inside) {
        let layer = layer.smoothed();
        for piece in layer.pieces().into_iter().take(PIECES) {
            let blob = measure(piece, &layer, picture, cup, &inside, (depth, kind));
            if let Some(blob) = blob.filter(|b| !blobs.iter().any(|other| same(other, b))) {
                blobs.push(blob);
            }
        }
    }
    blobs.sort_by(|a, b| b.strength.total_cmp(&a.strength));
    blobs
}

/// What is looked for, clearest first, with the depth of each.
fn layers(picture: &Picture, cup: &Cup, inside: &Mask) -> Vec<(usize, Kind, Mask)> {
    let (w, h) = (picture.width, picture.height);
    let luma = |i: usize| f64::from(picture.luma[i]);
    let of = |takes: &dyn Fn(usize) -> bool| Mask::of(w, h, |i| inside.on[i] && takes(i));
    let level = |mask: &Mask| {
        let values = (0..w * h).filter(|i| mask.on[*i]).map(|i| picture.luma[i]);
        otsu(values)
    };
    let first = level(inside);
    let dark = of(&|i| picture.luma[i] <= first);
    let second = level(&dark);
    let wide = local_means(picture, (cup.rim.short / 3.0).max(4.0) as usize);
    let near = local_means(picture, (cup.rim.short / 8.0).max(3.0) as usize);
    // Light that reaches the rim is porcelain, not a clearing.
    let clearing = |i: usize| {
        let enclosed = cup.rim.radius(middle(i, w)) < 0.85;
        enclosed && luma(i) > wide[i] + FAINT && near[i] > wide[i]
    };
    let darker = of(&|i| picture.luma[i] <= second);
    let stains = of(&|i| luma(i) < wide[i] - FAINT);
    let traces = of(&|i| luma(i) < near[i] - FAINT / 2.0);
    vec![
        (0, Kind::Dark, dark),
        (1, Kind::Dark, darker),
        (2, Kind::Dark, stains),
        (2, Kind::Light, of(&clearing)),
        (3, Kind::Dark, traces),
    ]
}

fn measure(
    mut piece: Vec<usize>,
    layer: &Mask,
    picture: &Picture,
    cup: &Cup,
    inside: &Mask,
    (depth, kind): (usize, Kind),
) -> Option<Blob> {
    let share = piece.len() as f64 / cup.area();
    let most = if kind == Kind::Light { CLEARING } else { 0.75 };
    if !(SPECK..most).contains(&share) || piece.len() < 12 {
        return None;
    }
    let contrast = match kind {
        Kind::Light => -contrast(&piece, layer, picture, inside),
        _ => contrast(&piece, layer, picture, inside),
    };
    if contrast < FAINT {
        return None;
    }
    // `same` looks pixels up.
    piece.sort_unstable();
    let form = Form::of(&piece, layer, cup);
    let (x, y) = centre(&piece, picture.width);
    let size = (share / 0.08).min(1.0).sqrt();
    // Half a cup is the drink itself rather than a sign in it.
    let all = if share > COFFEE { 0.5 } else { 1.0 };
    let clear = 0.45 * (contrast / 90.0).min(1.0) + 0.55 * size;
    let strength = all * clear * (1.0 - 0.12 * depth as f64);
    let place = Place::of(cup, x, y);
    Some(Blob {
        form,
        place,
        strength,
        depth,
        kind,
        pixels: piece,
    })
}

/// Brightness just outside the shape minus brightness of the shape.
fn contrast(piece: &[usize], layer: &Mask, picture: &Picture, inside: &Mask) -> f64 {
    let mean = |sum: f64, n: f64| if n > 0.0 { sum / n } else { 0.0 };
    let own = mean(
        piece.iter().map(|i| f64::from(picture.luma[*i])).sum(),
        piece.len() as f64,
    );
    let edge = piece.iter().flat_map(|i| layer.neighbours(*i)).flatten();
    // Two pixels further out: the very edge is a blend of both.
    let outside = edge
        .filter(|i| !layer.on[*i])
        .flat_map(|i| layer.neighbours(i))
        .flatten();
    let around: Vec<f64> = outside
        .filter(|i| !layer.on[*i] && inside.on[*i])
        .map(|i| f64::from(picture.luma[i]))
        .collect();
    mean(around.iter().sum(), around.len() as f64) - own
}

fn centre(piece: &[usize], width: usize) -> (f64, f64) {
    let n = piece.len().max(1) as f64;
    let x = piece.iter().map(|i| middle(*i, width).0).sum::<f64>() / n;
    let y = piece.iter().map(|i| middle(*i, width).1).sum::<f64>() / n;
    (x, y)
}

/// A pixel is a square; this is its middle.
fn middle(i: usize, width: usize) -> (f64, f64) {
    ((i % width) as f64 + 0.5, (i / width) as f64 + 0.5)
}

/// Two layers often find one shape twice.
fn same(a: &Blob, b: &Blob) -> bool {
    let (small, large) = if a.pixels.len() < b.pixels.len() {
        (a, b)
    } else {
        (b, a)
    };
    if small.pixels.len() * 2 < large.pixels.len() {
        return false;
    }
    let shared = small
        .pixels
        .iter()
        .filter(|i| large.pixels.binary_search(i).is_ok())
        .count();
    shared * 2 > small.pixels.len()
}

/// Mean brightness of the square of `radius` around each pixel, by summed areas.
fn local_means(picture: &Picture, radius: usize) -> Vec<f64> {
    let (w, h) = (picture.width, picture.height);
    let mut sums = vec![0u64; (w + 1) * (h + 1)];
    for y in 0..h {
        for x in 0..w {
            sums[(y + 1) * (w + 1) + x + 1] = u64::from(picture.luma[y * w + x])
                + sums[y * (w + 1) + x + 1]
                + sums[(y + 1) * (w + 1) + x]
                - sums[y * (w + 1) + x];
        }
    }
    let mean = |i: usize| {
        let (x, y) = (i % w, i / w);
        let (x0, y0) = (x.saturating_sub(radius), y.saturating_sub(radius));
        let (x1, y1) = ((x + radius + 1).min(w), (y + radius + 1).min(h));
        let at = |x: usize, y: usize| sums[y * (w + 1) + x];
        let sum = at(x1, y1) + at(x0, y0) - at(x0, y1) - at(x1, y0);
        sum as f64 / ((x1 - x0) * (y1 - y0)) as f64
    };
    (0..w * h).map(mean).collect()
}

/// Fills up to `wanted` with the darkest of nine fields of a cup in which nothing stands out.
pub fn add_shadows(blobs: &mut Vec<Blob>, picture: &Picture, cup: &Cup, wanted: usize) {
    let w = picture.width;
    let mut fields: Vec<Vec<usize>> = vec![Vec::new(); 9];
    for i in 0..picture.luma.len() {
        let (x, y) = middle(i, w);
        if cup.holds(x, y) {
            let place = Place::of(cup, x, y);
            let turn = place.v.atan2(place.u) / std::f64::consts::FRAC_PI_4;
            let eighth = turn.round().rem_euclid(8.0) as usize;
            fields[if place.radius < 0.33 { 8 } else { eighth }].push(i);
        }
    }
    let mean = |f: &[usize]| {
        f.iter().map(|i| f64::from(picture.luma[*i])).sum::<f64>() / f.len().max(1) as f64
    };
    fields.retain(|field| !field.is_empty());
    fields.sort_by(|a, b| mean(a).total_cmp(&mean(b)));
    let layer = Mask::of(w, picture.height, |_| false);
    for field in fields {
        if blobs.len() >= wanted {
            break;
        }
        let threshold = otsu(field.iter().map(|i| picture.luma[*i]));
        let darker: Vec<usize> = field
            .iter()
            .copied()
            .filter(|i| picture.luma[*i] <= threshold)
            .collect();
        let pixels = if darker.is_empty() { field } else { darker };
        let (x, y) = centre(&pixels, w);
        let place = Place::of(cup, x, y);
        let form = Form::of(&pixels, &layer, cup);
        blobs.push(Blob {
            form,
            place,
            strength: 0.25,
            depth: 2,
            kind: Kind::Shadow,
            pixels,
        });
    }
}
