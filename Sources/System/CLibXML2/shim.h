// Debian builds libxml2 with ICU, whose headers collide with Foundation's own ICU module; we need nothing of it.
#include <libxml/xmlversion.h>
#undef LIBXML_ICU_ENABLED
#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <libxml/SAX2.h>
#include <libxml/xmlerror.h>
#include <libxml/xmlschemas.h>
#include <libxml/xmlwriter.h>

// xmlFree is a mutable C global, which Swift 6 does not let through.
static inline void shim_xmlFree(void *pointer) { xmlFree(pointer); }
