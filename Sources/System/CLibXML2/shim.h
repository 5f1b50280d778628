// Debian builds libxml2 with ICU, whose headers collide with Foundation's own ICU module; we need nothing of it.
#include <libxml/xmlversion.h>
#undef LIBXML_ICU_ENABLED
#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <libxml/SAX2.h>
#include <libxml/xmlerror.h>
#include <libxml/xmlschemas.h>
#include <libxml/xmlIO.h>

// xmlFree is a mutable C global, which Swift 6 does not let through.
static inline void shim_xmlFree(void *pointer) { xmlFree(pointer); }

// What libxml2 hands back to every callback of one parse: the Swift object, and where its errors go.
typedef struct {
    void (*on_error)(void *object, int level, int line, const char *message);
    void *object;
} shim_session;

// The error became const in 2.12. Swift would see two different types; C hides it.
#if LIBXML_VERSION >= 21200
static inline void shim_receive(void *user, const xmlError *error) {
#else
static inline void shim_receive(void *user, xmlErrorPtr error) {
#endif
    shim_session *session = (shim_session *)user;
    if (session && error) session->on_error(session->object, (int)error->level, error->line, error->message);
}

static inline void shim_capture(xmlSAXHandler *sax) { sax->serror = shim_receive; }
static inline void shim_captureSchema(xmlSchemaParserCtxtPtr context, shim_session *session) {
    xmlSchemaSetParserStructuredErrors(context, shim_receive, session);
}
static inline void shim_captureValidation(xmlSchemaValidCtxtPtr context, shim_session *session) {
    xmlSchemaSetValidStructuredErrors(context, shim_receive, session);
}
// Errors without a context of their own (the loading of an imported schema) go to this thread's function instead of standard error.
static inline void shim_captureThread(shim_session *session) { xmlSetStructuredErrorFunc(session, session ? shim_receive : NULL); }
static inline int shim_currentLine(xmlParserCtxtPtr context) { return context->input ? context->input->line : 0; }
