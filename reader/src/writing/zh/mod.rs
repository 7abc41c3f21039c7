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
                "杯壁右侧",
                "杯壁右下方",
                "杯壁下方",
                "杯壁左下方",
                "杯壁左侧",
                "杯壁左上方",
                "杯壁上方",
                "杯壁右上方",
                "杯壁",
            ],
            [
                "杯沿右侧",
                "杯沿右下方",
                "杯沿下方",
                "杯沿左下方",
                "杯沿左侧",
                "杯沿左上方",
                "杯沿上方",
                "杯沿右上方",
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
    },
    reading: reading::READING,
    advice: advice::ADVICE,
    answers: answers::ANSWERS,
    notice: "坦白说，这里没有用到人工智能：咖啡渣经过测量，含义查自咖啡图案词典。",
    notice_of_words: "坦白说，这里没有用到人工智能：含义都查自咖啡图案词典。",
};
