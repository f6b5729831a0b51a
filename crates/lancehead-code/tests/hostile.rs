//! Nothing that bytes can say makes anything here panic, hang or take much memory.

#![allow(clippy::unwrap_used, reason = "a test says no by panicking")]

mod support;

use std::time::Instant;

use lancehead_code::cfg::{Cfg, Dominators};
use lancehead_code::listing::print::{self, PlainText, PrintOptions};
use lancehead_code::program::Code;
use lancehead_code::verify::verify;
use lancehead_code::{Listing, StackDepths, asm};
use lancehead_isa::{LineTable, decode, encode_exception_table, exception_table};
use lancehead_pyc::{CodeObject, PyStr, Version};
use proptest::prelude::*;

/// Does with a code object all that can be done.
fn try_everything(code: &CodeObject) {
    if let Ok(listing) = Listing::of(code) {
        let options = PrintOptions { caches: true, offsets: true, positions: true };
        let mut out = PlainText(String::new());
        print::print(&listing, options, &mut out).unwrap();
    }
    if let Ok(cfg) = Cfg::of(code) {
        for with_exceptions in [false, true] {
            let graph = cfg.graph(with_exceptions);
            let _ = (Dominators::of(&graph, 0), Dominators::post(&graph));
        }
    }
    let _ = StackDepths::of(code);
    let _ = verify(code);
    if let Ok(taken_apart) = Code::of(code) {
        let assembled = taken_apart.assemble().unwrap();
        assert!(Code::of(&assembled).is_ok(), "what was assembled cannot be read");
    }
    if let Ok(text) = asm::print(code) {
        asm::parse(&text).unwrap();
    }
}

fn any_code() -> impl Strategy<Value = CodeObject> {
    let bytes = || prop::collection::vec(any::<u8>(), 0..60);
    (0..9usize, bytes(), bytes(), bytes(), 0..4usize, 0..6u32, any::<u32>()).prop_map(
        |(version, code, linetable, exceptiontable, names, stacksize, flags)| {
            let mut object = CodeObject::new(Version::ALL[version]);
            object.code = code;
            object.linetable = linetable;
            object.exceptiontable = if version >= 4 { exceptiontable } else { Vec::new() };
            object.names = (0..names).map(|i| PyStr::from(format!("n{i}"))).collect();
            object.varnames = object.names.clone();
            object.stacksize = stacksize;
            object.flags = flags;
            object.firstlineno = 100;
            if version >= 4 {
                object.set_localsplus_from_variables();
            }
            object
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 20_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes(code in any_code()) {
        try_everything(&code);
    }

    #[test]
    fn tables_of_any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
        if let Ok(entries) = exception_table(&bytes) {
            // Numbers may be written with more bytes than they need; what is read stays.
            prop_assert_eq!(exception_table(&encode_exception_table(&entries)), Ok(entries));
        }
        for version in Version::ALL {
            let _ = decode(version, &bytes);
            let mut code = CodeObject::new(version);
            code.code = vec![0; 40];
            code.linetable = bytes.clone();
            let _ = LineTable::of(&code);
        }
    }

    #[test]
    fn any_text(text in "(\\.python 3\\.(8|12)\n)?(\\.code \"f\"\n)?(\\.consts\n)?(\\.body\n)?[ -~\n]{0,80}") {
        let _ = asm::parse(&text);
    }
}

/// Real code with bytes changed at random, which goes deeper than noise.
#[test]
fn damaged_code() {
    let mut seed = 0x2545_F491_4F6C_DD1Du64;
    let mut roll = move |sides: usize| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        (seed >> 11) as usize % sides.max(1)
    };
    for (version, python) in support::interpreters::found() {
        let mut codes = support::some_code(version, &python, 60);
        codes.retain(|code| code.code.len() < 3000);
        let begin = Instant::now();
        let mut slowest = 0.0f64;
        for _ in 0..3000 {
            let mut code = codes[roll(codes.len())].clone();
            for _ in 0..=roll(4) {
                let bytes = match roll(6) {
                    0 => &mut code.linetable,
                    1 => &mut code.exceptiontable,
                    _ => &mut code.code,
                };
                let length = bytes.len();
                if let Some(byte) = bytes.get_mut(roll(length)) {
                    *byte = roll(256) as u8;
                }
                if roll(10) == 0 {
                    code.names.truncate(1);
                }
            }
            let before = begin.elapsed().as_secs_f64();
            try_everything(&code);
            slowest = slowest.max(begin.elapsed().as_secs_f64() - before);
        }
        println!("{version}: 3000 damaged code objects in {:?}, the slowest {slowest:.3} s", begin.elapsed());
        assert!(slowest < 1.0);
    }
}

/// Time grows with the code, not faster.
#[test]
fn large_code_takes_proportional_time() {
    let build = |count: usize| {
        let mut text =
            String::from(".python 3.12\n.code \"f\"\n.varnames x\n.argcount 1\n.consts\n    None\n.body\n");
        text.push_str("    RESUME 0\nS:\n");
        for i in 0..count {
            text.push_str(&format!(
                "    LOAD_FAST local x  @{i}\n    POP_JUMP_IF_FALSE L{i}\n    LOAD_FAST local x\n"
            ));
            text.push_str(&format!("    POP_TOP\nL{i}:\n"));
        }
        text.push_str(
            "E:\n    RETURN_CONST None\nH:\n    PUSH_EXC_INFO\n    RERAISE 0\n    .try S E -> H 0\n.end\n",
        );
        text
    };
    let mut times = Vec::new();
    for count in [20_000, 80_000] {
        let text = build(count);
        let begin = Instant::now();
        let code = asm::parse(&text).unwrap();
        assert_eq!(verify(&code), Ok(()));
        try_everything(&code);
        times.push(begin.elapsed().as_secs_f64());
    }
    assert!(times[1] < 10.0 * times[0].max(0.05), "{times:?}");
}
