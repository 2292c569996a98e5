#pragma once

/// The opcodes of Python's pickle protocols 0 to 5 that reader and writer use (see Lib/pickletools.py).
namespace millrace::opcode {

inline constexpr char kMark = '(', kStop = '.', kPop = '0', kPopMark = '1', kDup = '2', kFloatText = 'F',
                      kIntText = 'I', kBinInt = 'J', kBinInt1 = 'K', kLongText = 'L', kBinInt2 = 'M', kNone = 'N',
                      kBinPersId = 'Q', kReduce = 'R', kBinString = 'T', kShortBinString = 'U', kBinUnicode = 'X',
                      kAppend = 'a', kBuild = 'b', kGlobal = 'c', kDict = 'd', kEmptyDict = '}', kAppends = 'e',
                      kGet = 'g', kBinGet = 'h', kInst = 'i', kLongBinGet = 'j', kList = 'l', kEmptyList = ']',
                      kObj = 'o', kPut = 'p', kBinPut = 'q', kLongBinPut = 'r', kSetItem = 's', kTuple = 't',
                      kEmptyTuple = ')', kSetItems = 'u', kBinFloat = 'G', kBinBytes = 'B', kShortBinBytes = 'C';

inline constexpr char kProto = '\x80', kNewObj = '\x81', kTuple1 = '\x85', kTuple2 = '\x86', kTuple3 = '\x87',
                      kNewTrue = '\x88', kNewFalse = '\x89', kLong1 = '\x8a', kLong4 = '\x8b',
                      kShortBinUnicode = '\x8c', kBinUnicode8 = '\x8d', kBinBytes8 = '\x8e', kEmptySet = '\x8f',
                      kAddItems = '\x90', kFrozenSet = '\x91', kNewObjEx = '\x92', kStackGlobal = '\x93',
                      kMemoize = '\x94', kFrame = '\x95', kByteArray8 = '\x96';

}  // namespace millrace::opcode
