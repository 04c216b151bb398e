// Package tools pins ossutil, so that it can be built with `go build` from this folder.
//
// The root package of ossutil is a program and cannot be imported; its library can.
package tools

import _ "github.com/aliyun/ossutil/lib"
