/* store/schema.h: the DDL of the base tables, from src/store/schema.sql. */
#ifndef STORE_SCHEMA_H
#define STORE_SCHEMA_H

extern const char store_schema_sql[];

#endif
