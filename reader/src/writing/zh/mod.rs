//! Chinese.

mod advice;
mod answers;
mod reading;

use super::book::{Book, Places};

/// The phrase book.
pub const BOOK: Book = Book {
    gap: "",
    comma: "、",
    and: "和",
    quotes: ["「", "」"],
    places: Places {
        depths: [
            [
                "杯底偏右处",
                "杯底右下方",
                "杯底偏下处",
                "杯底左下方",
                "杯底偏左处",
                "杯底左上方",
                "杯底偏上处",
                "杯底右上方",
                "杯底正中",
            ],
            [
                "右侧杯壁",
                "右下方的杯壁",
                "下方的杯壁",
                "左下方的杯壁",
                "左侧杯壁",
                "左上方的杯壁",
                "上方的杯壁",
                "右上方的杯壁",
                "杯壁",
            ],
            [
                "右侧杯沿",
                "右下方的杯沿",
                "下方的杯沿",
                "左下方的杯沿",
                "左侧杯沿",
                "左上方的杯沿",
                "上方的杯沿",
                "右上方的杯沿",
                "杯沿",
            ],
        ],
        sides: [
            "右侧",
            "右下方",
            "下方",
            "左下方",
            "左侧",
            "左上方",
            "上方",
            "右上方",
        ],
        somewhere: "杯中",
    },
    reading: reading::READING,
    advice: advice::ADVICE,
    answers: answers::ANSWERS,
    notice: "坦白说，这里没有请教人工智能：咖啡渣经过测量，再到咖啡图案词典中查得。",
};
