{{/* Names and labels. */}}

{{/* The name of the application in labels: at most 63 characters, as labels allow. */}}
{{- define "nbwss-bridge.name" -}}
{{- .Values.nameOverride | default .Chart.Name | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{/* The name of the objects, "<release>-<chart>" or the release alone where it has the chart's name in it. Room is left for suffixes. */}}
{{- define "nbwss-bridge.fullname" -}}
{{- $name := .Values.nameOverride | default .Chart.Name -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 47 | trimSuffix "-" -}}
{{- else if contains $name .Release.Name -}}
{{- .Release.Name | trunc 47 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name $name | trunc 47 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{/* The labels that select objects of one component. Takes (dict "root" $ "component" "bridge"). They never change: selectors are immutable. */}}
{{- define "nbwss-bridge.selectorLabels" -}}
app.kubernetes.io/name: {{ include "nbwss-bridge.name" .root }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end -}}

{{/* Every label of an object. Takes the same as selectorLabels. */}}
{{- define "nbwss-bridge.labels" -}}
{{ include "nbwss-bridge.selectorLabels" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/part-of: nbwss-bridge
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" }}
{{- with .root.Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/*
The labels of a pod. Takes the same as selectorLabels. Without the chart's version, so that a new chart alone doesn't replace the pods.
*/}}
{{- define "nbwss-bridge.podLabels" -}}
{{ include "nbwss-bridge.selectorLabels" . }}
app.kubernetes.io/part-of: nbwss-bridge
{{- with merge (deepCopy (.root.Values.podLabels | default dict)) (.root.Values.commonLabels | default dict) }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* The metadata of an object: name, namespace and labels. Takes (dict "root" $ "component" … "suffix" "" "labels" dict "annotations" dict), the last three optional. */}}
{{- define "nbwss-bridge.metadata" -}}
name: {{ include "nbwss-bridge.fullname" .root }}{{ with .suffix }}-{{ . }}{{ end }}
namespace: {{ .namespace | default .root.Release.Namespace }}
labels:
  {{- include "nbwss-bridge.labels" . | nindent 2 }}
  {{- with .labels }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- with .annotations }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{/* The name of the ServiceAccount of the bridge's pods. */}}
{{- define "nbwss-bridge.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{- .Values.serviceAccount.name | default (include "nbwss-bridge.fullname" .) -}}
{{- else -}}
{{- .Values.serviceAccount.name | default "default" -}}
{{- end -}}
{{- end -}}
