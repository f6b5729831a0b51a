//! Building functions from scratch, the same way for every version.

use lancehead_isa::{Opcode, OperandKind, Position};
use lancehead_pyc::{CodeObject, Object, PyStr, Version, co_flags};

use super::{
    AssembleError, BinaryOp, Code, CompareOp, Constant, Instr, Item, Label, Operand, Region, Variable,
};
use crate::verify::{VerifyError, verify};

/// Builds the code object of a function. Its methods say what is meant, and choose the instructions of the version.
///
/// ```
/// use lancehead_code::program::{BinaryOp, Builder};
/// use lancehead_pyc::{Object, Version};
///
/// // def double_and(x): return print(x * 2)
/// for version in Version::ALL {
///     let mut build = Builder::function(version, "double_and", &["x"]);
///     build.global_to_call("print");
///     build.load_local("x");
///     build.constant(Object::Int(2));
///     build.binary(BinaryOp::Multiply);
///     build.call(1);
///     build.return_value();
///     build.finish()?;
/// }
/// # Ok::<(), lancehead_code::program::BuildError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Builder {
    code: Code,
    position: Position,
}

/// A function that cannot be built.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BuildError {
    /// It cannot be put together.
    #[error(transparent)]
    Assemble(#[from] AssembleError),
    /// It would crash the interpreter.
    #[error("{} (and {} more)", .0[0], .0.len() - 1)]
    Verify(Vec<VerifyError>),
}

impl Builder {
    /// Begins a function with these positional parameters.
    pub fn function(version: Version, name: &str, parameters: &[&str]) -> Builder {
        let mut object = CodeObject::new(version);
        object.name = name.into();
        object.qualname = name.into();
        object.filename = "<built>".into();
        object.firstlineno = 1;
        object.argcount = parameters.len() as u32;
        object.varnames = parameters.iter().map(|&name| PyStr::from(name)).collect();
        object.flags = co_flags::FUNCTION;
        let position = Position { line: Some(1), end_line: Some(1), ..Position::default() };
        let mut builder = Builder { code: Code::empty(object), position };
        if Opcode::RESUME.is_in(version) {
            builder.op(Opcode::RESUME, Operand::Int(0));
        }
        builder
    }

    /// Begins a few instructions that are to stand in other code.
    pub(crate) fn fragment(version: Version) -> Builder {
        Builder { code: Code::empty(CodeObject::new(version)), position: Position::default() }
    }

    /// The instructions so far, without labels.
    pub(crate) fn into_instructions(self) -> Vec<Instr> {
        self.code.instructions().cloned().collect()
    }

    /// The version that it is built for.
    pub fn version(&self) -> Version {
        self.code.object.version
    }

    fn has(&self, opcode: Opcode) -> bool {
        opcode.is_in(self.version())
    }

    /// The code object as far as it is known: to set a file name, flags, keyword-only parameters and so on.
    pub fn object_mut(&mut self) -> &mut CodeObject {
        &mut self.code.object
    }

    /// Says from which line of the source the following comes.
    pub fn line(&mut self, line: u32) {
        self.position = Position { line: Some(line), end_line: Some(line), ..Position::default() };
    }

    /// Adds any instruction.
    pub fn op(&mut self, opcode: Opcode, operand: Operand) {
        self.code.items.push(Item::Instruction(Instr::new(opcode, operand).at(self.position)));
    }

    /// A label to jump to, that must be [placed](Builder::place) once.
    pub fn label(&mut self) -> Label {
        self.code.new_label()
    }

    /// Puts a label here.
    pub fn place(&mut self, label: Label) {
        self.code.items.push(Item::Label(label));
    }

    /// Loads a constant.
    pub fn constant(&mut self, value: Object) {
        self.op(Opcode::LOAD_CONST, Operand::Const(Constant::from(value)));
    }

    /// Loads a local variable, which raises `UnboundLocalError` if it is not set.
    pub fn load_local(&mut self, name: &str) {
        let parameters = self.code.object.varnames.iter().take(self.code.object.argcount as usize);
        let is_parameter = parameters.into_iter().any(|parameter| *parameter == name);
        let checked = self.has(Opcode::LOAD_FAST_CHECK) && !is_parameter;
        let variable = self.local(name);
        self.op(if checked { Opcode::LOAD_FAST_CHECK } else { Opcode::LOAD_FAST }, variable);
    }

    /// Stores into a local variable, which is declared by that.
    pub fn store_local(&mut self, name: &str) {
        let variable = self.local(name);
        self.op(Opcode::STORE_FAST, variable);
    }

    fn local(&mut self, name: &str) -> Operand {
        let names = &mut self.code.object.varnames;
        if !names.iter().any(|known| *known == name) {
            names.push(name.into());
        }
        Operand::Variable(Variable::Local(name.into()))
    }

    /// Loads a global or built-in name.
    pub fn load_global(&mut self, name: &str) {
        self.global(name.into(), false);
    }

    /// Loads a global or built-in name that is to be [called](Builder::call).
    pub fn global_to_call(&mut self, name: &str) {
        self.global_name_to_call(name.into());
    }

    /// The same for a name that need not be Unicode.
    pub(crate) fn global_name_to_call(&mut self, name: PyStr) {
        self.global(name, true);
    }

    fn global(&mut self, name: PyStr, push_null: bool) {
        let operand = match Opcode::LOAD_GLOBAL.operand(self.version()) {
            OperandKind::NameAndNull => Operand::Global { name, push_null },
            _ => Operand::Name(name),
        };
        self.op(Opcode::LOAD_GLOBAL, operand);
    }

    /// Makes what `callable` leaves on the stack ready to be [called](Builder::call).
    pub fn callable(&mut self, callable: impl FnOnce(&mut Builder)) {
        // A slot for `self` lies under the callable up to 3.12, above it since.
        let above = self.version().null_after();
        let under = self.version().has_self_slot() && !above;
        if under {
            self.op(Opcode::PUSH_NULL, Operand::None);
        }
        callable(self);
        if above {
            self.op(Opcode::PUSH_NULL, Operand::None);
        }
    }

    /// Calls what lies under `arguments` positional arguments.
    pub fn call(&mut self, arguments: u32) {
        if self.has(Opcode::PRECALL) {
            self.op(Opcode::PRECALL, Operand::Int(arguments));
        }
        let opcode = if self.has(Opcode::CALL) { Opcode::CALL } else { Opcode::CALL_FUNCTION };
        self.op(opcode, Operand::Int(arguments));
    }

    /// Loads an attribute of the topmost object.
    pub fn load_attribute(&mut self, name: &str) {
        let name: PyStr = name.into();
        let operand = match Opcode::LOAD_ATTR.operand(self.version()) {
            OperandKind::NameAndMethod => Operand::Attribute { name, method: false },
            _ => Operand::Name(name),
        };
        self.op(Opcode::LOAD_ATTR, operand);
    }

    /// Applies a binary operation to the two topmost objects.
    pub fn binary(&mut self, op: BinaryOp) {
        if op == BinaryOp::Subscript && self.has(Opcode::BINARY_SUBSCR) {
            self.op(Opcode::BINARY_SUBSCR, Operand::None);
        } else if self.has(Opcode::BINARY_OP) {
            self.op(Opcode::BINARY_OP, Operand::Binary(op));
        } else {
            self.op(binary_opcode(op), Operand::None);
        }
    }

    /// Compares the two topmost objects.
    pub fn compare(&mut self, op: CompareOp) {
        let inverted = matches!(op, CompareOp::NotIn | CompareOp::IsNot);
        match op {
            CompareOp::In | CompareOp::NotIn if self.has(Opcode::CONTAINS_OP) => {
                self.op(Opcode::CONTAINS_OP, Operand::Int(inverted.into()));
            }
            CompareOp::Is | CompareOp::IsNot if self.has(Opcode::IS_OP) => {
                self.op(Opcode::IS_OP, Operand::Int(inverted.into()));
            }
            _ => self.op(Opcode::COMPARE_OP, Operand::Compare { op, to_bool: false }),
        }
    }

    /// Jumps, in whichever direction the label comes to lie.
    pub fn jump(&mut self, label: Label) {
        self.op(Opcode::JUMP_FORWARD, Operand::Label(label));
    }

    /// Takes off the topmost object, and jumps ahead if it is true, or false.
    pub fn jump_if(&mut self, truth: bool, label: Label) {
        if self.has(Opcode::TO_BOOL) {
            self.op(Opcode::TO_BOOL, Operand::None);
        }
        let opcodes = match self.has(Opcode::POP_JUMP_IF_TRUE) {
            true => [Opcode::POP_JUMP_IF_FALSE, Opcode::POP_JUMP_IF_TRUE],
            // In 3.11 they say in which direction.
            false => [Opcode::POP_JUMP_FORWARD_IF_FALSE, Opcode::POP_JUMP_FORWARD_IF_TRUE],
        };
        self.op(opcodes[usize::from(truth)], Operand::Label(label));
    }

    /// Loops over the topmost object: `body` begins with an item on the stack, which it must take off.
    pub fn for_each(&mut self, body: impl FnOnce(&mut Builder)) {
        let (next, end) = (self.label(), self.label());
        let has_argument = Opcode::GET_ITER.operand(self.version()) != OperandKind::None;
        self.op(Opcode::GET_ITER, if has_argument { Operand::Int(0) } else { Operand::None });
        self.place(next);
        self.op(Opcode::FOR_ITER, Operand::Label(end));
        body(self);
        self.jump(next);
        self.place(end);
        if self.has(Opcode::END_FOR) {
            self.op(Opcode::END_FOR, Operand::None);
        }
        // Up to 3.12 the iterator is gone by now.
        if self.version().end_for_needs_pop_top() {
            self.op(Opcode::POP_TOP, Operand::None);
        } else if self.has(Opcode::POP_ITER) {
            self.op(Opcode::POP_ITER, Operand::None);
        }
    }

    /// `try: body; except: handler`, with `depth` values on the stack beneath.
    pub fn try_except(
        &mut self,
        depth: u32,
        body: impl FnOnce(&mut Builder),
        handler: impl FnOnce(&mut Builder),
    ) {
        let [start, caught, cleanup, end] = std::array::from_fn(|_| self.label());
        let blocks = self.version().has_block_stack();
        if blocks {
            let setup = [Opcode::SETUP_EXCEPT, Opcode::SETUP_FINALLY];
            let setup = setup.into_iter().find(|&opcode| self.has(opcode)).unwrap_or(Opcode::SETUP_FINALLY);
            self.op(setup, Operand::Label(caught));
        }
        self.place(start);
        body(self);
        if blocks {
            self.op(Opcode::POP_BLOCK, Operand::None);
        }
        let body_end = self.label();
        self.place(body_end);
        self.jump(end);
        self.place(caught);
        if blocks {
            // Its type, itself and its traceback.
            (0..3).for_each(|_| self.op(Opcode::POP_TOP, Operand::None));
        } else {
            self.op(Opcode::PUSH_EXC_INFO, Operand::None);
            self.op(Opcode::POP_TOP, Operand::None);
        }
        handler(self);
        let handler_end = self.label();
        self.place(handler_end);
        self.op(Opcode::POP_EXCEPT, Operand::None);
        self.jump(end);
        if !blocks {
            // What the handler raises itself.
            self.place(cleanup);
            self.op(Opcode::COPY, Operand::Int(3));
            self.op(Opcode::POP_EXCEPT, Operand::None);
            self.op(Opcode::RERAISE, Operand::Int(1));
            let inner = Region { start, end: body_end, handler: caught, depth, lasti: false };
            let outer =
                Region { start: caught, end: handler_end, handler: cleanup, depth: depth + 1, lasti: true };
            self.code.regions.extend([inner, outer]);
        }
        self.place(end);
    }

    /// Takes off the topmost object.
    pub fn pop(&mut self) {
        self.op(Opcode::POP_TOP, Operand::None);
    }

    /// Returns the topmost object.
    pub fn return_value(&mut self) {
        self.op(Opcode::RETURN_VALUE, Operand::None);
    }

    /// Puts the code object together, and verifies it.
    ///
    /// # Errors
    /// When it cannot be assembled, or would crash the interpreter.
    pub fn finish(mut self) -> Result<CodeObject, BuildError> {
        let object = &mut self.code.object;
        if object.version.shares_slots() {
            object.set_localsplus_from_variables();
        } else {
            object.nlocals = object.varnames.len() as u32;
            if object.cellvars.is_empty() && object.freevars.is_empty() {
                object.flags |= co_flags::NOFREE;
            }
        }
        // The compiler puts a function's docstring first.
        if object.consts.is_empty() {
            object.consts.push(Object::None.into());
        }
        let object = self.code.assemble()?;
        verify(&object).map_err(BuildError::Verify)?;
        Ok(object)
    }
}

/// The opcode of a binary operation up to 3.10.
pub(crate) fn binary_opcode(op: BinaryOp) -> Opcode {
    match op {
        BinaryOp::Add => Opcode::BINARY_ADD,
        BinaryOp::And => Opcode::BINARY_AND,
        BinaryOp::FloorDivide => Opcode::BINARY_FLOOR_DIVIDE,
        BinaryOp::LeftShift => Opcode::BINARY_LSHIFT,
        BinaryOp::MatrixMultiply => Opcode::BINARY_MATRIX_MULTIPLY,
        BinaryOp::Multiply => Opcode::BINARY_MULTIPLY,
        BinaryOp::Remainder => Opcode::BINARY_MODULO,
        BinaryOp::Or => Opcode::BINARY_OR,
        BinaryOp::Power => Opcode::BINARY_POWER,
        BinaryOp::RightShift => Opcode::BINARY_RSHIFT,
        BinaryOp::Subtract => Opcode::BINARY_SUBTRACT,
        BinaryOp::TrueDivide => Opcode::BINARY_TRUE_DIVIDE,
        BinaryOp::Xor => Opcode::BINARY_XOR,
        BinaryOp::InplaceAdd => Opcode::INPLACE_ADD,
        BinaryOp::InplaceAnd => Opcode::INPLACE_AND,
        BinaryOp::InplaceFloorDivide => Opcode::INPLACE_FLOOR_DIVIDE,
        BinaryOp::InplaceLeftShift => Opcode::INPLACE_LSHIFT,
        BinaryOp::InplaceMatrixMultiply => Opcode::INPLACE_MATRIX_MULTIPLY,
        BinaryOp::InplaceMultiply => Opcode::INPLACE_MULTIPLY,
        BinaryOp::InplaceRemainder => Opcode::INPLACE_MODULO,
        BinaryOp::InplaceOr => Opcode::INPLACE_OR,
        BinaryOp::InplacePower => Opcode::INPLACE_POWER,
        BinaryOp::InplaceRightShift => Opcode::INPLACE_RSHIFT,
        BinaryOp::InplaceSubtract => Opcode::INPLACE_SUBTRACT,
        BinaryOp::InplaceTrueDivide => Opcode::INPLACE_TRUE_DIVIDE,
        BinaryOp::InplaceXor => Opcode::INPLACE_XOR,
        BinaryOp::Subscript => Opcode::BINARY_SUBSCR,
    }
}
