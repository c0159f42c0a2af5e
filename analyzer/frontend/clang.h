/*
 * clang.h - libclang's functions, which are loaded when the first unit is read.
 *
 * Loading libclang takes longer than all that a scan does which finds nothing changed. So the program is not linked with it; clang_open()
 * fills a table, and behind this header libclang's functions are called by their own names through that table. A function that is used has
 * to be in the list below, else the program does not link.
 */
#ifndef MDLGUARD_FRONTEND_CLANG_H
#define MDLGUARD_FRONTEND_CLANG_H

#include <clang-c/Index.h>

#include "base/status.h"

#define CLANG_FUNCTIONS(X) \
    X(clang_CXXConstructor_isCopyConstructor) \
    X(clang_CXXConstructor_isMoveConstructor) \
    X(clang_CXXMethod_isDefaulted) \
    X(clang_CXXMethod_isStatic) \
    X(clang_CXXMethod_isVirtual) \
    X(clang_Cursor_Evaluate) \
    X(clang_Cursor_getArgument) \
    X(clang_Cursor_getMangling) \
    X(clang_Cursor_getNumArguments) \
    X(clang_Cursor_getOffsetOfField) \
    X(clang_Cursor_getSpellingNameRange) \
    X(clang_Cursor_getVarDeclInitializer) \
    X(clang_Cursor_hasVarDeclGlobalStorage) \
    X(clang_Cursor_isAnonymous) \
    X(clang_Cursor_isBitField) \
    X(clang_Cursor_isNull) \
    X(clang_EvalResult_dispose) \
    X(clang_EvalResult_getAsLongLong) \
    X(clang_EvalResult_getAsUnsigned) \
    X(clang_EvalResult_getKind) \
    X(clang_EvalResult_isUnsignedInt) \
    X(clang_File_isEqual) \
    X(clang_Location_isFromMainFile) \
    X(clang_Location_isInSystemHeader) \
    X(clang_Range_isNull) \
    X(clang_TargetInfo_dispose) \
    X(clang_TargetInfo_getPointerWidth) \
    X(clang_Type_getModifiedType) \
    X(clang_Type_getNamedType) \
    X(clang_Type_getSizeOf) \
    X(clang_Type_getTemplateArgumentAsType) \
    X(clang_Type_getValueType) \
    X(clang_Type_visitFields) \
    X(clang_createIndex) \
    X(clang_defaultSaveOptions) \
    X(clang_disposeDiagnostic) \
    X(clang_disposeIndex) \
    X(clang_disposeString) \
    X(clang_disposeTranslationUnit) \
    X(clang_equalCursors) \
    X(clang_equalLocations) \
    X(clang_equalTypes) \
    X(clang_getArgType) \
    X(clang_getArrayElementType) \
    X(clang_getArraySize) \
    X(clang_getCString) \
    X(clang_getCanonicalCursor) \
    X(clang_getCanonicalType) \
    X(clang_getClangVersion) \
    X(clang_getCursor) \
    X(clang_getCursorBinaryOperatorKind) \
    X(clang_getCursorDefinition) \
    X(clang_getCursorDisplayName) \
    X(clang_getCursorExtent) \
    X(clang_getCursorKind) \
    X(clang_getCursorKindSpelling) \
    X(clang_getCursorLinkage) \
    X(clang_getCursorLocation) \
    X(clang_getCursorReferenced) \
    X(clang_getCursorSemanticParent) \
    X(clang_getCursorSpelling) \
    X(clang_getCursorType) \
    X(clang_getCursorUSR) \
    X(clang_getCursorUnaryOperatorKind) \
    X(clang_getDiagnostic) \
    X(clang_getDiagnosticLocation) \
    X(clang_getDiagnosticSeverity) \
    X(clang_getDiagnosticSpelling) \
    X(clang_getEnumConstantDeclUnsignedValue) \
    X(clang_getEnumDeclIntegerType) \
    X(clang_getExpansionLocation) \
    X(clang_getFieldDeclBitWidth) \
    X(clang_getFile) \
    X(clang_getFileContents) \
    X(clang_getFileLocation) \
    X(clang_getFileName) \
    X(clang_getInclusions) \
    X(clang_getLocationForOffset) \
    X(clang_getNullCursor) \
    X(clang_getNumDiagnostics) \
    X(clang_getPointeeType) \
    X(clang_getRangeEnd) \
    X(clang_getRangeStart) \
    X(clang_getResultType) \
    X(clang_getSpecializedCursorTemplate) \
    X(clang_getSpellingLocation) \
    X(clang_getTranslationUnitCursor) \
    X(clang_getTranslationUnitTargetInfo) \
    X(clang_getTypeDeclaration) \
    X(clang_getTypeSpelling) \
    X(clang_getTypedefDeclUnderlyingType) \
    X(clang_getTypedefName) \
    X(clang_isConstQualifiedType) \
    X(clang_isCursorDefinition) \
    X(clang_isExpression) \
    X(clang_isFunctionTypeVariadic) \
    X(clang_isInvalid) \
    X(clang_isStatement) \
    X(clang_isVolatileQualifiedType) \
    X(clang_parseTranslationUnit2FullArgv) \
    X(clang_saveTranslationUnit) \
    X(clang_visitChildren)

struct clang_functions {
#define CLANG_MEMBER(name) __typeof__(name) *name;
    CLANG_FUNCTIONS(CLANG_MEMBER)
#undef CLANG_MEMBER
};

/* Zero until libclang was loaded, the same ever after. The one variable of the analyzer that is no constant: it is what the dynamic
 * linker would have. */
extern struct clang_functions clang_loaded;

/* Loads libclang if it is not loaded yet, and makes an index for reading PATH; the caller disposes of it. MG_INPUT when libclang cannot be found, lacks
 * a function or does not start. Not to be called by two threads at a time. */
enum mg_status clang_open(const char *path, CXIndex *out, struct mg_error *error);

#ifndef CLANG_ITSELF
#define clang_CXXConstructor_isCopyConstructor (clang_loaded.clang_CXXConstructor_isCopyConstructor)
#define clang_CXXConstructor_isMoveConstructor (clang_loaded.clang_CXXConstructor_isMoveConstructor)
#define clang_CXXMethod_isDefaulted (clang_loaded.clang_CXXMethod_isDefaulted)
#define clang_CXXMethod_isStatic (clang_loaded.clang_CXXMethod_isStatic)
#define clang_CXXMethod_isVirtual (clang_loaded.clang_CXXMethod_isVirtual)
#define clang_Cursor_Evaluate (clang_loaded.clang_Cursor_Evaluate)
#define clang_Cursor_getArgument (clang_loaded.clang_Cursor_getArgument)
#define clang_Cursor_getMangling (clang_loaded.clang_Cursor_getMangling)
#define clang_Cursor_getNumArguments (clang_loaded.clang_Cursor_getNumArguments)
#define clang_Cursor_getOffsetOfField (clang_loaded.clang_Cursor_getOffsetOfField)
#define clang_Cursor_getSpellingNameRange (clang_loaded.clang_Cursor_getSpellingNameRange)
#define clang_Cursor_getVarDeclInitializer (clang_loaded.clang_Cursor_getVarDeclInitializer)
#define clang_Cursor_hasVarDeclGlobalStorage (clang_loaded.clang_Cursor_hasVarDeclGlobalStorage)
#define clang_Cursor_isAnonymous (clang_loaded.clang_Cursor_isAnonymous)
#define clang_Cursor_isBitField (clang_loaded.clang_Cursor_isBitField)
#define clang_Cursor_isNull (clang_loaded.clang_Cursor_isNull)
#define clang_EvalResult_dispose (clang_loaded.clang_EvalResult_dispose)
#define clang_EvalResult_getAsLongLong (clang_loaded.clang_EvalResult_getAsLongLong)
#define clang_EvalResult_getAsUnsigned (clang_loaded.clang_EvalResult_getAsUnsigned)
#define clang_EvalResult_getKind (clang_loaded.clang_EvalResult_getKind)
#define clang_EvalResult_isUnsignedInt (clang_loaded.clang_EvalResult_isUnsignedInt)
#define clang_File_isEqual (clang_loaded.clang_File_isEqual)
#define clang_Location_isFromMainFile (clang_loaded.clang_Location_isFromMainFile)
#define clang_Location_isInSystemHeader (clang_loaded.clang_Location_isInSystemHeader)
#define clang_Range_isNull (clang_loaded.clang_Range_isNull)
#define clang_TargetInfo_dispose (clang_loaded.clang_TargetInfo_dispose)
#define clang_TargetInfo_getPointerWidth (clang_loaded.clang_TargetInfo_getPointerWidth)
#define clang_Type_getModifiedType (clang_loaded.clang_Type_getModifiedType)
#define clang_Type_getNamedType (clang_loaded.clang_Type_getNamedType)
#define clang_Type_getSizeOf (clang_loaded.clang_Type_getSizeOf)
#define clang_Type_getTemplateArgumentAsType (clang_loaded.clang_Type_getTemplateArgumentAsType)
#define clang_Type_getValueType (clang_loaded.clang_Type_getValueType)
#define clang_Type_visitFields (clang_loaded.clang_Type_visitFields)
#define clang_defaultSaveOptions (clang_loaded.clang_defaultSaveOptions)
#define clang_disposeDiagnostic (clang_loaded.clang_disposeDiagnostic)
#define clang_disposeIndex (clang_loaded.clang_disposeIndex)
#define clang_disposeString (clang_loaded.clang_disposeString)
#define clang_disposeTranslationUnit (clang_loaded.clang_disposeTranslationUnit)
#define clang_equalCursors (clang_loaded.clang_equalCursors)
#define clang_equalLocations (clang_loaded.clang_equalLocations)
#define clang_equalTypes (clang_loaded.clang_equalTypes)
#define clang_getArgType (clang_loaded.clang_getArgType)
#define clang_getArrayElementType (clang_loaded.clang_getArrayElementType)
#define clang_getArraySize (clang_loaded.clang_getArraySize)
#define clang_getCString (clang_loaded.clang_getCString)
#define clang_getCanonicalCursor (clang_loaded.clang_getCanonicalCursor)
#define clang_getCanonicalType (clang_loaded.clang_getCanonicalType)
#define clang_getClangVersion (clang_loaded.clang_getClangVersion)
#define clang_getCursor (clang_loaded.clang_getCursor)
#define clang_getCursorBinaryOperatorKind (clang_loaded.clang_getCursorBinaryOperatorKind)
#define clang_getCursorDefinition (clang_loaded.clang_getCursorDefinition)
#define clang_getCursorDisplayName (clang_loaded.clang_getCursorDisplayName)
#define clang_getCursorExtent (clang_loaded.clang_getCursorExtent)
#define clang_getCursorKind (clang_loaded.clang_getCursorKind)
#define clang_getCursorKindSpelling (clang_loaded.clang_getCursorKindSpelling)
#define clang_getCursorLinkage (clang_loaded.clang_getCursorLinkage)
#define clang_getCursorLocation (clang_loaded.clang_getCursorLocation)
#define clang_getCursorReferenced (clang_loaded.clang_getCursorReferenced)
#define clang_getCursorSemanticParent (clang_loaded.clang_getCursorSemanticParent)
#define clang_getCursorSpelling (clang_loaded.clang_getCursorSpelling)
#define clang_getCursorType (clang_loaded.clang_getCursorType)
#define clang_getCursorUSR (clang_loaded.clang_getCursorUSR)
#define clang_getCursorUnaryOperatorKind (clang_loaded.clang_getCursorUnaryOperatorKind)
#define clang_getDiagnostic (clang_loaded.clang_getDiagnostic)
#define clang_getDiagnosticLocation (clang_loaded.clang_getDiagnosticLocation)
#define clang_getDiagnosticSeverity (clang_loaded.clang_getDiagnosticSeverity)
#define clang_getDiagnosticSpelling (clang_loaded.clang_getDiagnosticSpelling)
#define clang_getEnumConstantDeclUnsignedValue (clang_loaded.clang_getEnumConstantDeclUnsignedValue)
#define clang_getEnumDeclIntegerType (clang_loaded.clang_getEnumDeclIntegerType)
#define clang_getExpansionLocation (clang_loaded.clang_getExpansionLocation)
#define clang_getFieldDeclBitWidth (clang_loaded.clang_getFieldDeclBitWidth)
#define clang_getFile (clang_loaded.clang_getFile)
#define clang_getFileContents (clang_loaded.clang_getFileContents)
#define clang_getFileLocation (clang_loaded.clang_getFileLocation)
#define clang_getFileName (clang_loaded.clang_getFileName)
#define clang_getInclusions (clang_loaded.clang_getInclusions)
#define clang_getLocationForOffset (clang_loaded.clang_getLocationForOffset)
#define clang_getNullCursor (clang_loaded.clang_getNullCursor)
#define clang_getNumDiagnostics (clang_loaded.clang_getNumDiagnostics)
#define clang_getPointeeType (clang_loaded.clang_getPointeeType)
#define clang_getRangeEnd (clang_loaded.clang_getRangeEnd)
#define clang_getRangeStart (clang_loaded.clang_getRangeStart)
#define clang_getResultType (clang_loaded.clang_getResultType)
#define clang_getSpecializedCursorTemplate (clang_loaded.clang_getSpecializedCursorTemplate)
#define clang_getSpellingLocation (clang_loaded.clang_getSpellingLocation)
#define clang_getTranslationUnitCursor (clang_loaded.clang_getTranslationUnitCursor)
#define clang_getTranslationUnitTargetInfo (clang_loaded.clang_getTranslationUnitTargetInfo)
#define clang_getTypeDeclaration (clang_loaded.clang_getTypeDeclaration)
#define clang_getTypeSpelling (clang_loaded.clang_getTypeSpelling)
#define clang_getTypedefDeclUnderlyingType (clang_loaded.clang_getTypedefDeclUnderlyingType)
#define clang_getTypedefName (clang_loaded.clang_getTypedefName)
#define clang_isConstQualifiedType (clang_loaded.clang_isConstQualifiedType)
#define clang_isCursorDefinition (clang_loaded.clang_isCursorDefinition)
#define clang_isExpression (clang_loaded.clang_isExpression)
#define clang_isFunctionTypeVariadic (clang_loaded.clang_isFunctionTypeVariadic)
#define clang_isInvalid (clang_loaded.clang_isInvalid)
#define clang_isStatement (clang_loaded.clang_isStatement)
#define clang_isVolatileQualifiedType (clang_loaded.clang_isVolatileQualifiedType)
#define clang_parseTranslationUnit2FullArgv (clang_loaded.clang_parseTranslationUnit2FullArgv)
#define clang_saveTranslationUnit (clang_loaded.clang_saveTranslationUnit)
#define clang_visitChildren (clang_loaded.clang_visitChildren)
#endif

#endif
